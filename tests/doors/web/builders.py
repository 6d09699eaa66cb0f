"""The parts hand-written records are made of: synthetic people, NHS numbers from the 999 range."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from carehub.careplan.plan import (
    Entry,
    ExpectedSource,
    Fact,
    Identity,
    IdentityValue,
    Section,
    SourceReport,
    UnifiedCarePlan,
)
from carehub.careplan.sections import HEADINGS
from carehub.governance import redaction
from carehub.governance.decision import Decision
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.terms.attribution import Attribution
from carehub.terms.organisations import SourceKind, SourceOrganisation

NOW = datetime(2026, 11, 22, 9, 2, tzinfo=UTC)
SCRIPT = "<script>alert('x')</script>"
GP = SourceOrganisation("X99001", "Elmfield Surgery", SourceKind.GP)
HOSPITAL = SourceOrganisation("X99002", "Northvale General Hospital", SourceKind.ACUTE)
COMMUNITY = SourceOrganisation("X99003", "Northvale Community", SourceKind.COMMUNITY)
NURSE = Requester("jo", "Jo Adeyemi", "district_nurse", "X99003", "Northvale Community", "TREAT")


RULE = "Your role (Link worker) cannot see this section. Ask the care coordinator."


def disclosed(value):
    """As the door out would release it."""
    return Disclosed(value, (), redaction._KEY)


def masked(record, sections):
    """A record as the door out would release it to a role that does not see these sections."""
    released = redaction.redact(record.plan, Decision(True, "", frozenset(sections), RULE, 1, restricted=True))
    states = {key: tuple(replace(one, state="role", sentence=RULE) for one in record.section_states.get(key, ())) for key in sections}
    return redaction.carry(released, replace(record, plan=released.value, section_states=record.section_states | states))


def said(source=GP, record="Condition/c1", author="Dr A Khan", recorded="2026-11-12T10:00:00.000Z") -> Attribution:
    return Attribution(
        source, f"{source.kind.value}.feed", record, 1, "m1", recorded, "2026-11-22T06:10:00.000Z", author, source.kind.value, 1
    )


def entry(section, title, *, by=None, key="", status="Active", active=True, when="2026-11-12", facts=(), kind="statement", **more) -> Entry:
    by = by or (said(record=key or f"Condition/{abs(hash(title)) % 9999}"),)
    facts = tuple(Fact(label, value) for label, value in facts)
    return Entry(key or by[0].record, section, kind, title, status, active, when, facts, (), by, **more)


def report(source, **more) -> SourceReport:
    base = SourceReport(
        source=source,
        patient=f"Patient/{source.code}",
        feeds=(f"{source.kind.value}.feed",),
        received="2026-11-22T06:10:00.000Z",
        recorded="2026-11-22T06:00:00.000Z",
        last_entry="2026-11-12",
        expected_every="P1D",
        stale_after="P3D",
        records=12,
        unreadable=0,
        not_mapped=0,
        warnings=(),
        linked_because="The NHS number and the date of birth agree.",
    )
    return replace(base, **more)


def identity(**more) -> Identity:
    base = Identity(
        family="O'Brien-Smith",
        given="Margaret",
        prefix="Mrs",
        birth_date="1941-03-09",
        gender="female",
        nhs_number="9990000018",
        nhs_number_verified=True,
        died="",
        deceased="",
        values=(
            IdentityValue("Preferred name", "Peggy", (said(),), "The newest statement."),
            IdentityValue("Address", "12 Oak Street, Northvale", (said(), said(HOSPITAL)), "Two sources agree."),
            IdentityValue("Telephone", "0113 496 0123", (said(COMMUNITY),), "Only one source says it."),
        ),
    )
    return replace(base, **more)


def plan(sections, *, who=None, conflicts=(), gaps=(), sources=(), reviews=0, person="p-1") -> UnifiedCarePlan:
    filled = tuple(Section(heading.key, heading.title, tuple(sections.get(heading.key, ())), ()) for heading in HEADINGS)
    expected = (ExpectedSource("voluntary.feed", "Age Well Northvale", "Voluntary"),)
    return UnifiedCarePlan(person, who or identity(), filled, tuple(conflicts), tuple(gaps), tuple(sources), expected, reviews, "hash")
