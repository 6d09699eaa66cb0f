"""Gaps known at assembly, without the clock: what a source withheld, what could not be read or shown, which sources hold no record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from carehub.careplan import absence
from carehub.careplan.plan import ExpectedSource, Gap, SourceView
from carehub.careplan.reading.lists import ListWarning
from carehub.careplan.speakers import Speakers

# Resource types to sections, for what was received and is not an entry.
SECTION_OF_TYPE: dict[str, str] = {
    "Patient": "about",
    "Flag": "alerts",
    "Consent": "alerts",
    "AllergyIntolerance": "allergies",
    "MedicationStatement": "medicines",
    "MedicationRequest": "medicines",
    "MedicationDispense": "medicines",
    "MedicationAdministration": "medicines",
    "Medication": "medicines",
    "Condition": "problems",
    "FamilyMemberHistory": "problems",
    "Observation": "results",
    "DiagnosticReport": "results",
    "Specimen": "results",
    "QuestionnaireResponse": "results",
    "Encounter": "encounters",
    "EpisodeOfCare": "encounters",
    "Appointment": "encounters",
    "Procedure": "encounters",
    "DocumentReference": "encounters",
    "Composition": "encounters",
    "Immunization": "immunisations",
    "Practitioner": "care_team",
    "PractitionerRole": "care_team",
    "Organization": "care_team",
    "RelatedPerson": "care_team",
    "CareTeam": "care_team",
    "CarePlan": "plan",
    "Goal": "plan",
    "ServiceRequest": "plan",
    "ReferralRequest": "plan",
    "ProcedureRequest": "plan",
    "Task": "plan",
}


def of_notices(view: SourceView) -> Iterator[Gap]:
    """Parts of messages that did not become records, one gap for each kind and resource type."""
    counts: Counter[tuple[str, str]] = Counter()
    for notice in view.notices:
        counts[(notice.kind, notice.about)] += max(notice.count, 1)
    for (kind, about), count in sorted(counts.items()):
        section = SECTION_OF_TYPE.get(about, "")
        what = f" ({about})" if about else ""
        entries = "entry" if count == 1 else "entries"
        if kind == "unreadable":
            sentence = (
                f"{count} {entries} received, not readable{what}."
                if about
                else f"{count} message{'' if count == 1 else 's'} received, not readable."
            )
        else:
            sentence = f"{count} {entries} received, not mapped yet{what}. The message keeps {'it' if count == 1 else 'them'} as sent."
        yield Gap(kind, sentence, view.source.title, section)


def of_unread(view: SourceView, types: Counter[str]) -> Iterator[Gap]:
    """Records on the shelf that no section could show, so that nothing is lost without a word. types: resource type to count."""
    for type, count in sorted(types.items()):
        entries = "entry" if count == 1 else "entries"
        yield Gap(
            "unreadable", f"{count} {entries} received that no section shows ({type}).", view.source.title, SECTION_OF_TYPE.get(type, "")
        )


def of_warnings(view: SourceView, warnings: Sequence[ListWarning]) -> Iterator[Gap]:
    """The source's own warnings, one gap for each section they limit."""
    for warning in warnings:
        yield Gap(warning.code, warning.sentence, view.source.title, warning.section)


def of_merge(view: SourceView, held: set[str], speakers: Speakers) -> Iterator[Gap]:
    """A patient record that its source merged into another. held: the patient records linked to the person."""
    if view.merged_into:
        tail = "" if view.merged_into in held else " That record is not linked to this person, so what it holds is not shown."
        yield Gap("merged", f"{speakers[view.source]} has merged one of its records of this person into another.{tail}", view.source.title)


def of_expected(silent: Sequence[ExpectedSource], expected: Sequence[ExpectedSource], reviews: int) -> Iterator[Gap]:
    """Connected feeds without a record, and possible records under identity review."""
    for source in silent:
        if not source.checking:
            yield Gap("no_record", absence.NO_RECORD, source.title)
    told = 0
    for source in sorted(expected, key=lambda e: (e.feed, e.title)):
        if source.checking:
            told += source.checking
            yield Gap("checking", absence.CHECKING, source.title)
    if reviews > 0 and not told:
        yield Gap("checking", "A possible record of this person is being checked and is not shown.", "")
