"""Hand-written records for the page tests: synthetic people, NHS numbers from the 999 range, and a fake door out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from carehub.careplan.plan import (
    Conflict,
    Entry,
    ExpectedSource,
    Fact,
    Gap,
    Identity,
    IdentityValue,
    Section,
    SectionState,
    SourceReport,
    SourceState,
    Statement,
    UnifiedCarePlan,
)
from carehub.careplan.sections import HEADINGS
from carehub.governance import redaction
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.reading import PersonHit, PersonQuery, PersonRecord
from carehub.terms.attribution import Attribution
from carehub.terms.errors import CarehubError, Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceKind, SourceOrganisation

NOW = datetime(2026, 11, 22, 9, 2, tzinfo=UTC)
SCRIPT = "<script>alert('x')</script>"
GP = SourceOrganisation("X99001", "Elmfield Surgery", SourceKind.GP)
HOSPITAL = SourceOrganisation("X99002", "Northvale General Hospital", SourceKind.ACUTE)
COMMUNITY = SourceOrganisation("X99003", "Northvale Community", SourceKind.COMMUNITY)
NURSE = Requester("jo", "Jo Adeyemi", "district_nurse", "X99003", "Northvale Community", "TREAT")


def disclosed(value, withheld=()):
    """As the door out would release it."""
    return Disclosed(value, tuple(withheld), redaction._KEY)


def said(source=GP, record="Condition/c1", author="Dr A Khan", recorded="2026-11-12T10:00:00.000Z") -> Attribution:
    return Attribution(source, f"{source.kind.value}.feed", record, 1, "m1", recorded, "2026-11-22T06:10:00.000Z", author, source.kind.value, 1)


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


OTHERS = (
    SourceState("Northvale Council", "Social care", "no_record", "No record found", "No record in this source has been matched to this person. They may still be known to the service."),
    SourceState("Age Well Northvale", "Voluntary", "no_agreement", "No sharing agreement", "No data sharing agreement with Age Well Northvale, so nothing is received."),
    SourceState("Northvale Mental Health Trust", "Mental health", "not_connected", "Not connected", "Northvale Mental Health Trust is not connected to carehub."),
)  # fmt: skip


def rich() -> PersonRecord:
    """Conflicts of several kinds, a folded row, a coded "none known", a late hospital, warnings, gaps and a review."""
    gp_dose, hospital_dose = said(record="MedicationStatement/g1"), said(HOSPITAL, "MedicationStatement/h1", "Ward 7")
    nurse = said(COMMUNITY, "MedicationStatement/n1", "")
    paracetamol = [
        entry("medicines", "Paracetamol 500 mg tablets", by=(gp_p,), key=gp_p.record, when="2026-01-10", facts=[("Dose", "1 g when required, at most 4 g a day")])
        for gp_p in (said(record="MedicationStatement/g2"), nurse)
    ]  # fmt: skip
    sections = {
        "alerts": [entry("alerts", "Key safe: ask the office for the code", by=(said(COMMUNITY, "Flag/1", "J Adeyemi"),), key="Flag/1", when="2026-10-01", facts=[("Review", "01-Apr-2027")])],
        "allergies": [
            entry("allergies", "Penicillin", by=(said(HOSPITAL, "AllergyIntolerance/1", "Dr B Osei"),), key="AllergyIntolerance/1", facts=[("Reaction", "Anaphylaxis"), ("Certainty", "Confirmed")]),
            entry("allergies", "No known allergies", by=(said(record="AllergyIntolerance/2"),), key="AllergyIntolerance/2", kind="stated_none", when="2019-02-02"),
        ],
        "medicines": [
            entry("medicines", "Bisoprolol 2.5 mg tablets", by=(gp_dose,), key=gp_dose.record, when="2024-01-11", facts=[("Dose", "2.5 mg once a day")]),
            entry("medicines", "Bisoprolol 5 mg tablets", by=(hospital_dose,), key=hospital_dose.record, when="2026-11-18", facts=[("Dose", "5 mg once a day")]),
            entry("medicines", "Paracetamol 500 mg tablets", by=(paracetamol[0].attributions[0], nurse), key="MedicationStatement/g2", when="2026-01-10", facts=[("Dose", "1 g when required, at most 4 g a day")], folded_because="same product and dose, dates overlap", members=tuple(paracetamol)),
            entry("medicines", "Amlodipine 5 mg tablets", status="Stopped", active=False, key="MedicationStatement/g9", when="2025-06", facts=[("Reason", "Swollen ankles")]),
        ],
        "problems": [entry("problems", "Heart failure", when="2021"), entry("problems", "Fractured wrist", status="", active=False, when="")],
        "results": [entry("results", "Creatinine", by=(said(HOSPITAL, "Observation/1", ""),), key="Observation/1", status="Final", when="2026-11-17T08:30:00Z", facts=[("Value", "98 umol/L"), ("Range", "45 to 84 umol/L (the lab’s own)")])],
        "encounters": [
            entry("encounters", "Admitted to Ward 7", by=(said(HOSPITAL, "Encounter/1"),), key="Encounter/1", status="Finished", active=False, when="2026-11-16T22:05:00Z"),
            entry("encounters", "Heart failure clinic", by=(said(HOSPITAL, "Encounter/2"),), key="Encounter/2", status="Planned", when="2026-12-01T10:00:00Z"),
        ],
        "care_team": [entry("care_team", "R Patel, named coordinator", when="")],
    }  # fmt: skip
    conflicts = [
        Conflict("k1", "C1", "allergies", "high", "Hospital records an allergy to penicillin; GP states no known allergies.",
                 (Statement("Penicillin, anaphylaxis", said(HOSPITAL), "AllergyIntolerance/1"), Statement("No known allergies", said(), "AllergyIntolerance/2"))),
        Conflict("k2", "C3", "medicines", "moderate", "Dose differs: GP 2.5 mg; Hospital 5 mg (discharge 18-Nov-2026, 4 days ago).",
                 (Statement("2.5 mg once a day", gp_dose, gp_dose.record), Statement("5 mg once a day", hospital_dose, hospital_dose.record))),
        Conflict("k3", "C7", "about", "low", "Address differs: Hospital 4 Elm Road; GP 12 Oak Street.", (Statement("4 Elm Road", said(HOSPITAL)), Statement("12 Oak Street", said()))),
        Conflict("k4", "C5", "medicines", "low", "Not on GP list. Discharged 4 days ago.", (Statement("Bisoprolol 5 mg tablets", hospital_dose, hospital_dose.record),), difference=True),
    ]  # fmt: skip
    withheld = SectionState(GP, "withheld", "Items excluded due to confidentiality and/or patient preferences.")
    late = SourceState("Northvale General Hospital", "Hospital", "late", "Late", "Last received 20-Nov-2026 23:01 (1 day 10 hours ago). Expected every hour.",
                       report(HOSPITAL, received="2026-11-20T23:01:00.000Z", recorded="", last_entry="2026-11-18", unreadable=2, not_mapped=3))  # fmt: skip
    gp = SourceState("Elmfield Surgery", "GP", "current", "Up to date", "Received 22-Nov-2026 06:10.", report(GP, warnings=(withheld,)))
    community = SourceState("Northvale Community", "Community", "stale", "Out of date", "Last received 12 days ago (10-Nov-2026 02:00). Expected every 7 days.", report(COMMUNITY, last_entry=""))
    states = {
        heading.key: (
            SectionState(GP, "entries", "Elmfield Surgery: entries shown above."),
            SectionState(HOSPITAL, "nothing_recorded", "Hospital: nothing recorded."),
            SectionState(COMMUNITY, "not_in_feed", "Community: this section is not part of what it shares."),
        )
        for heading in HEADINGS
    }
    states["medicines"] = (*states["medicines"], withheld)
    gaps = (
        Gap("unreadable", "2 entries received that carehub could not read.", "Northvale General Hospital", "results"),
        Gap("withheld", "Items excluded due to confidentiality and/or patient preferences.", "Elmfield Surgery"),
    )
    built = plan(sections, conflicts=conflicts, gaps=gaps, sources=tuple(one.report for one in (gp, late, community)), reviews=1)
    return PersonRecord(built, (gp, community, late, *OTHERS), states, "Known allergies (sources disagree)", NOW)


def empty() -> PersonRecord:
    """Nothing at all: no name, no entry, no source."""
    nobody = Identity("", "", "", "", "", "", False, "", "", ())
    return PersonRecord(plan({}, who=nobody), (), {}, "Allergies not recorded", NOW)


def only_absent() -> PersonRecord:
    """Sources are known, but none holds a record."""
    return PersonRecord(plan({}, who=identity(values=())), OTHERS, {}, "Allergies unavailable", NOW)


def hostile() -> PersonRecord:
    """Markup in every text a source can set, and names longer than any screen."""
    source = SourceOrganisation("X99009", f"{SCRIPT} & Sons' \"Surgery\"", SourceKind.GP)
    by = said(source, f"Condition/{SCRIPT}", SCRIPT)
    long = "Wolfeschlegelsteinhausenbergerdorff" * 4
    # 150 letters without a space, as a source may send a pasted sentence.
    bad = [
        entry(heading.key, f"{SCRIPT} {long}", by=(by,), key=f"Condition/{heading.key}\"><img src=x onerror=alert(1)>", status=SCRIPT, when="soon<b>",
              facts=[(SCRIPT, SCRIPT), ("Note", long)], labels=(SCRIPT,), folded_because=SCRIPT,
              members=(entry(heading.key, SCRIPT, by=(by,), status=SCRIPT, when=SCRIPT), entry(heading.key, SCRIPT, by=(by,))))
        for heading in HEADINGS
    ]  # fmt: skip
    conflicts = [Conflict(SCRIPT, "C1", one.section, "high", SCRIPT, (Statement(SCRIPT, by, one.key), Statement(long, by))) for one in bad]
    who = identity(family=f"D\"Arcy\\{SCRIPT}{long}", given="Ólafsdóttir مريم O'", prefix=SCRIPT, gender="<i>other</i>", birth_date="1941",
                   values=(IdentityValue(SCRIPT, SCRIPT + long, (by,), SCRIPT),))  # fmt: skip
    state = SourceState(source.name, "GP", "failing", "Failing", SCRIPT, report(source, linked_because=SCRIPT, feeds=(SCRIPT,), warnings=(SectionState(source, "withheld", SCRIPT),)))
    states = {heading.key: (SectionState(source, "entries", SCRIPT),) for heading in HEADINGS}
    built = plan({one.section: [one] for one in bad}, who=who, conflicts=conflicts, gaps=(Gap("x", SCRIPT, SCRIPT),), sources=(state.report,))
    return PersonRecord(built, (state,), states, "Known allergies", NOW)


def deceased() -> PersonRecord:
    return replace(rich(), plan=replace(rich().plan, identity=identity(died="2026-11-14", deceased="reported by GP and hospital")))


def death_unconfirmed() -> PersonRecord:
    return replace(rich(), plan=replace(rich().plan, identity=identity(died="2026-11-14", deceased="unconfirmed")))


def long_list() -> PersonRecord:
    """450 results, so that the list needs pages."""
    many = [entry("results", f"Sodium {number}", key=f"Observation/{number}", when=f"2026-{1 + number % 11:02d}-{1 + number % 28:02d}") for number in range(450)]
    record = rich()
    kept = {section.key: section.entries for section in record.plan.sections} | {"results": many}
    return replace(record, plan=plan(kept, sources=record.plan.sources))


PEOPLE = {
    "rich": rich,
    "empty": empty,
    "absent": only_absent,
    "hostile": hostile,
    "dead": deceased,
    "unconfirmed": death_unconfirmed,
    "long": long_list,
}

HITS = (
    PersonHit("rich", "O'Brien-Smith", "Margaret", "Mrs", "1941-03-09", "female", "9990000018", "NV1 2AB", "", ("GP", "Hospital")),
    PersonHit("dead", "O'Brien-Smith", "Margery", "", "1944-05", "female", "", "", "2026-11-14", ("GP",)),
    PersonHit("hostile", f"Zed{SCRIPT}", SCRIPT, SCRIPT, "", SCRIPT, "", SCRIPT, "", ()),
)


@dataclass
class FakeHub:
    """The door out over the records above. asked: (what, page or record) of each call. fails: raised instead of an answer."""

    asked: list[tuple[object, ...]] = field(default_factory=list)
    fails: Exception | None = None
    withheld: tuple[str, ...] = ()

    def _ask(self, *call: object) -> None:
        self.asked.append(call)
        if self.fails is not None:
            raise self.fails

    def search_people(self, requester: Requester, query: PersonQuery) -> Disclosed[tuple[PersonHit, ...]]:
        self._ask("search", query)
        return disclosed(() if query.family == "Nobody" else HITS)

    def person_record(self, requester: Requester, person_id: str, page: str) -> Disclosed[PersonRecord]:
        self._ask(person_id, page)
        if person_id not in PEOPLE:
            raise Missing(issue("API-003"))
        record = PEOPLE[person_id]()
        return disclosed(replace(record, plan=replace(record.plan, person=person_id)), self.withheld)

    def as_sent(self, requester: Requester, person_id: str, record: str) -> Disclosed[bytes]:
        self._ask(person_id, record)
        return disclosed(b'{"resourceType":"Condition","note":"<script>alert(1)</script> 1.50"}')


def failing(error: CarehubError | Exception) -> FakeHub:
    return FakeHub(fails=error)
