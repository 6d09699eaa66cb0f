"""The rich record with what the later pages show beside it: stays and packages, a plan with an overdue action, and what may never be printed."""

from __future__ import annotations

from dataclasses import replace

from carehub.careplan.joint.joint_plan import Action, JointPlan, Owner
from carehub.careplan.plan import SectionState
from carehub.careplan.sections import HEADINGS
from carehub.hub.reading import PersonRecord
from carehub.terms.organisations import SourceKind, SourceOrganisation
from doors.web.builders import COMMUNITY, GP, HOSPITAL, entry, plan, report, said
from doors.web.rich_record import rich

COUNCIL = SourceOrganisation("X99004", "Northvale Council", SourceKind.LOCAL_AUTHORITY)
# Words that no sheet of paper may hold.
HARMFUL = ("Safeguarding enquiry", "neglect", "MARAC", "Protection plan", "Harmsworth")


def whole() -> PersonRecord:
    """Five sources, of which the hospital is late and the council out of date."""
    base = rich()
    council = said(COUNCIL, "EpisodeOfCare/1", "L Osei")
    held = {section.key: list(section.entries) for section in base.plan.sections}
    held["encounters"] += [
        entry(
            "encounters",
            "Inpatient stay, Ward 7",
            by=(said(HOSPITAL, "Encounter/3"),),
            when="2026-03-02T14:00:00Z",
            ends="2026-03-06T11:00:00Z",
            status="Finished",
            active=False,
        ),
        entry("encounters", "Home care, 4 visits a day", by=(council,), when="2026-02-01", facts=[("Kind", "Episode of care")]),
        entry("encounters", "Physiotherapy clinic", by=(said(COMMUNITY, "Appointment/9"),), when="2026-11-05", status="Planned"),
        entry("encounters", "Telephone call", by=(said(GP, "Encounter/8"),), when="", status="Finished", active=False),
        *(
            entry(
                "encounters", f"Surgery visit {n}", by=(said(GP, f"Encounter/1{n}"),), when=f"2026-06-1{n}", status="Finished", active=False
            )
            for n in range(3)
        ),
    ]
    held["medicines"] += [
        entry(
            "medicines",
            "Codeine 30 mg tablets",
            by=(said(GP, "MedicationStatement/g7"),),
            when="2026-10-01",
            ends="2026-11-10",
            status="Stopped",
            active=False,
        ),
    ]
    held["contingency"] = [
        entry(
            "contingency",
            "If breathless or after a fall",
            by=(said(GP, "CarePlan/c"),),
            when="2026-09-02",
            facts=[("Review", "02-Dec-2026")],
        )
    ]
    held["advance"] = [entry("advance", "ReSPECT form", by=(said(GP, "Flag/r"),), when="2026-09-02", facts=[("Location", "In the hall")])]
    held["about_me"] = [entry("about_me", "Stay in my own house with the cat", by=(said(COUNCIL, "CarePlan/a"),), when="2026-09-02")]
    held["support"] = [entry("support", "Bright Care, 4 visits a day", by=(council,), key="EpisodeOfCare/2", when="2026-02-01")]
    held["safeguarding"] = [entry("safeguarding", "Safeguarding enquiry open: neglect", by=(said(COUNCIL, "Flag/s"),), when="2026-11-01")]
    held["alerts"] += [entry("alerts", "Discussed at MARAC", by=(said(COUNCIL, "Flag/m"),), when="2026-11-01")]
    held["plan"] += [
        entry(
            "plan",
            "Home safety visit",
            by=(said(COUNCIL, "Task/1"),),
            when="2026-10-20",
            facts=[("Owner", "L Osei"), ("Due", "10-Nov-2026")],
        ),
        entry("plan", "Protection plan visit", by=(said(COUNCIL, "Task/2"),), when="2026-10-21"),
    ]
    held["care_team"] += [
        entry(
            "care_team",
            "Son, Robin Harmsworth",
            by=(said(GP, "RelatedPerson/1"),),
            key="RelatedPerson/1",
            when="",
            facts=[("Note", "Not to be told: domestic abuse")],
        )
    ]
    by = (said(COUNCIL, "Task/1"),)
    actions = (
        Action(
            "Task/1",
            "Task/1",
            "plan",
            "Home safety visit",
            "In progress",
            True,
            "2026-11-10",
            "",
            (Owner("L Osei", "Northvale Council"),),
            (),
            (),
            by,
        ),
        Action("Task/2", "Task/2", "plan", "Protection plan visit", "In progress", True, "2026-11-30", "", (), (), (), by),
    )
    stale = replace(
        base.source_states[1],
        title=COUNCIL.title,
        badge="Social care",
        report=report(COUNCIL, received="2026-11-10T02:00:00.000Z", last_entry="2026-11-01"),
    )
    sources = (*base.source_states[:3], stale, *(state for state in base.source_states[3:] if state.title != COUNCIL.title))
    states = {
        key: (*held_states, SectionState(COUNCIL, "entries", "Social care: entries shown above."))
        for key, held_states in base.section_states.items()
    }
    built = plan(held, conflicts=base.plan.conflicts, gaps=base.plan.gaps, sources=tuple(s.report for s in sources if s.report))
    assert {heading.key for heading in HEADINGS} >= {"encounters", "medicines", "plan"}
    return replace(base, plan=replace(built, joint=JointPlan(actions=actions)), source_states=sources, section_states=states)
