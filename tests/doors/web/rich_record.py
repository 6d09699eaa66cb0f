"""One record that has nearly everything: conflicts, a folded row, warnings, a late source and a silent one."""

from __future__ import annotations

from carehub.careplan.plan import (
    Conflict,
    Gap,
    SectionState,
    SourceState,
    Statement,
)
from carehub.careplan.sections import HEADINGS
from carehub.hub.reading import PersonRecord
from doors.web.builders import COMMUNITY, GP, HOSPITAL, NOW, entry, plan, report, said

OTHERS = (
    SourceState(
        "Northvale Council",
        "Social care",
        "no_record",
        "No record found",
        "No record in this source has been matched to this person. They may still be known to the service.",
    ),
    SourceState(
        "Age Well Northvale",
        "Voluntary",
        "no_agreement",
        "No sharing agreement",
        "No data sharing agreement with Age Well Northvale, so nothing is received.",
    ),
    SourceState(
        "Northvale Mental Health Trust",
        "Mental health",
        "not_connected",
        "Not connected",
        "Northvale Mental Health Trust is not connected to carehub.",
    ),
)


def rich() -> PersonRecord:
    """Conflicts of several kinds, a folded row, a coded "none known", a late hospital, warnings, gaps and a review."""
    gp_dose, hospital_dose = said(record="MedicationStatement/g1"), said(HOSPITAL, "MedicationStatement/h1", "Ward 7")
    nurse = said(COMMUNITY, "MedicationStatement/n1", "")
    paracetamol = [
        entry(
            "medicines",
            "Paracetamol 500 mg tablets",
            by=(gp_p,),
            key=gp_p.record,
            when="2026-01-10",
            facts=[("Dose", "1 g when required, at most 4 g a day")],
        )
        for gp_p in (said(record="MedicationStatement/g2"), nurse)
    ]
    sections = {
        "alerts": [
            entry(
                "alerts",
                "Key safe: ask the office for the code",
                by=(said(COMMUNITY, "Flag/1", "J Adeyemi"),),
                key="Flag/1",
                when="2026-10-01",
                facts=[("Review", "01-Apr-2027")],
            )
        ],
        "allergies": [
            entry(
                "allergies",
                "Penicillin",
                by=(said(HOSPITAL, "AllergyIntolerance/1", "Dr B Osei"),),
                key="AllergyIntolerance/1",
                facts=[("Reaction", "Anaphylaxis"), ("Certainty", "Confirmed")],
            ),
            entry(
                "allergies",
                "No known allergies",
                by=(said(record="AllergyIntolerance/2"),),
                key="AllergyIntolerance/2",
                kind="stated_none",
                when="2019-02-02",
            ),
        ],
        "medicines": [
            entry(
                "medicines",
                "Bisoprolol 2.5 mg tablets",
                by=(gp_dose,),
                key=gp_dose.record,
                when="2024-01-11",
                facts=[("Dose", "2.5 mg once a day")],
            ),
            entry(
                "medicines",
                "Bisoprolol 5 mg tablets",
                by=(hospital_dose,),
                key=hospital_dose.record,
                when="2026-11-18",
                facts=[("Dose", "5 mg once a day")],
            ),
            entry(
                "medicines",
                "Paracetamol 500 mg tablets",
                by=(paracetamol[0].attributions[0], nurse),
                key="MedicationStatement/g2",
                when="2026-01-10",
                facts=[("Dose", "1 g when required, at most 4 g a day")],
                folded_because="Folded because: same product and dose, dates overlap",
                members=tuple(paracetamol),
            ),
            entry(
                "medicines",
                "Amlodipine 5 mg tablets",
                status="Stopped",
                active=False,
                key="MedicationStatement/g9",
                when="2025-06",
                facts=[("Reason", "Swollen ankles")],
            ),
        ],
        "problems": [
            entry("problems", "Heart failure", when="2021"),
            entry("problems", "Fractured wrist", status="", active=False, when=""),
        ],
        "results": [
            entry(
                "results",
                "Creatinine",
                by=(said(HOSPITAL, "Observation/1", ""),),
                key="Observation/1",
                status="Final",
                when="2026-11-17T08:30:00Z",
                facts=[("Value", "98 umol/L"), ("Range", "45 to 84 umol/L (the lab’s own)")],
            )
        ],
        "encounters": [
            entry(
                "encounters",
                "Admitted to Ward 7",
                by=(said(HOSPITAL, "Encounter/1"),),
                key="Encounter/1",
                status="Finished",
                active=False,
                when="2026-11-16T22:05:00Z",
            ),
            entry(
                "encounters",
                "Heart failure clinic",
                by=(said(HOSPITAL, "Encounter/2"),),
                key="Encounter/2",
                status="Planned",
                when="2026-12-01T10:00:00Z",
            ),
        ],
        "care_team": [entry("care_team", "R Patel, named coordinator", when="")],
    }
    conflicts = [
        Conflict(
            "k1",
            "C1",
            "allergies",
            "high",
            "Hospital records an allergy to penicillin; GP states no known allergies.",
            (
                Statement("Penicillin, anaphylaxis", said(HOSPITAL), "AllergyIntolerance/1"),
                Statement("No known allergies", said(), "AllergyIntolerance/2"),
            ),
        ),
        Conflict(
            "k2",
            "C3",
            "medicines",
            "moderate",
            "Dose differs: GP 2.5 mg; Hospital 5 mg (discharge 18-Nov-2026, 4 days ago).",
            (Statement("2.5 mg once a day", gp_dose, gp_dose.record), Statement("5 mg once a day", hospital_dose, hospital_dose.record)),
        ),
        Conflict(
            "k3",
            "C7",
            "about",
            "low",
            "Address differs: Hospital 4 Elm Road; GP 12 Oak Street.",
            (Statement("4 Elm Road", said(HOSPITAL)), Statement("12 Oak Street", said())),
        ),
        Conflict(
            "k4",
            "C5",
            "medicines",
            "low",
            "Not on GP list. Discharged 4 days ago.",
            (Statement("Bisoprolol 5 mg tablets", hospital_dose, hospital_dose.record),),
            difference=True,
        ),
    ]
    withheld = SectionState(GP, "withheld", "Items excluded due to confidentiality and/or patient preferences.")
    late = SourceState(
        "Northvale General Hospital",
        "Hospital",
        "late",
        "Late",
        "Last received 20-Nov-2026 23:01 (1 day 10 hours ago). Expected every hour.",
        report(HOSPITAL, received="2026-11-20T23:01:00.000Z", recorded="", last_entry="2026-11-18", unreadable=2, not_mapped=3),
    )
    gp = SourceState("Elmfield Surgery", "GP", "current", "Up to date", "Received 22-Nov-2026 06:10.", report(GP, warnings=(withheld,)))
    community = SourceState(
        "Northvale Community",
        "Community",
        "stale",
        "Out of date",
        "Last received 12 days ago (10-Nov-2026 02:00). Expected every 7 days.",
        report(COMMUNITY, received="2026-11-10T02:00:00.000Z", last_entry=""),
    )
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
