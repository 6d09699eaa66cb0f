"""Gaps known at assembly, without the clock: what a source withheld, what could not be read or shown, which sources hold no record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence

from carehub.careplan import absence
from carehub.careplan.plan import ExpectedSource, Gap, Notice, SourceView
from carehub.careplan.reading.lists import ListWarning
from carehub.careplan.sections import SECTION_OF_TYPE
from carehub.careplan.speakers import Speakers
from carehub.terms.issue_catalogue import CATALOGUE

# What each type is called to a reader; a type we have no words for is named as it came.
_WORDS: dict[str, str] = {
    "AllergyIntolerance": "allergies",
    "Appointment": "appointments",
    "Binary": "files",
    "Condition": "conditions",
    "DiagnosticReport": "reports",
    "DocumentReference": "letters and documents",
    "Encounter": "contacts and visits",
    "Immunization": "vaccinations",
    "Location": "places",
    "Medication": "medicine products",
    "MedicationRequest": "prescriptions",
    "MedicationStatement": "medicines",
    "Observation": "results and observations",
    "Patient": "details of the person",
    "Procedure": "procedures",
    "ProcedureRequest": "requests and recalls",
    "Provenance": "notes of origin",
    "QuestionnaireResponse": "answered forms",
    "ReferralRequest": "referrals",
    "ServiceRequest": "referrals and requests",
    "Specimen": "specimens",
}


def fatal(notice: Notice) -> bool:
    """Whether a notice is of a whole message that could not be read, by the severity of its number in the issue catalogue."""
    entry = CATALOGUE.get(notice.number)
    return notice.kind == "unreadable" and entry is not None and entry.severity == "fatal"


def of_notices(view: SourceView) -> Iterator[Gap]:
    """Parts of messages that did not become records, one gap for each kind and resource type."""
    counts: Counter[tuple[str, str]] = Counter()
    for notice in view.notices:
        counts["messages" if fatal(notice) else notice.kind, notice.about] += max(notice.count, 1)
    for (kind, about), count in sorted(counts.items()):
        what, section = _what(about), SECTION_OF_TYPE.get(about, "")
        if kind == "messages":
            yield Gap("unreadable", f"{count} message{'' if count == 1 else 's'} received, not readable{what}.", view.source.title)
        elif kind == "unreadable":
            yield Gap("unreadable", f"{_entries(count)} received, not readable{what}.", view.source.title, section)
        else:
            sentence = f"{_entries(count)} received, not mapped yet{what}. The message keeps {_them(count)} as sent."
            yield Gap("not_mapped", sentence, view.source.title, section)


def of_unread(view: SourceView, types: Mapping[str, int], readable: Container[str]) -> Iterator[Gap]:
    """Live records that no entry stands for, so that nothing is lost without a word. types: resource type to count. readable: types we read."""
    for type, count in sorted(types.items()):
        if type in readable:
            code, why = "unreadable", "that could not be shown"
        else:
            code, why = "not_mapped", "that no section shows yet"
        sentence = f"{_entries(count)} received {why}{_what(type)}. The record keeps {_them(count)} as sent."
        yield Gap(code, sentence, view.source.title, SECTION_OF_TYPE.get(type, ""))


def _entries(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'}"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def type_words(type: str) -> str:
    """What a FHIR resource type is called to a reader; one without words as it came."""
    return _WORDS.get(type, type)


def _what(type: str) -> str:
    if len(type) == 3 and type.isupper():
        return f" (HL7 v2 segment {type})"
    return f" ({type_words(type)})" if type else ""


def of_warnings(view: SourceView, warnings: Sequence[ListWarning]) -> Iterator[Gap]:
    """The source's own warnings, one gap for each section they limit."""
    for warning in warnings:
        yield Gap(warning.code, warning.sentence, view.source.title, warning.section)


def of_merge(view: SourceView, held: set[str], speakers: Speakers) -> Iterator[Gap]:
    """A patient record that its source merged into another. held: the patient records linked to the person."""
    if view.merged_into:
        tail = "" if view.merged_into in held else " That record is not linked to this person, so what it holds is not shown."
        yield Gap("merged", f"{speakers[view.source]} has merged one of its records of this person into another.{tail}", view.source.title)


def of_expected(
    silent: Sequence[ExpectedSource], expected: Sequence[ExpectedSource], reviews: int, views: Sequence[SourceView]
) -> Iterator[Gap]:
    """Connected feeds without a record, and possible records under identity review. views: the sources that told of the person.

    A feed that some of them sent through is called by their names, as everywhere else; one that has told nothing has only its own.
    """
    for source in silent:
        if not source.checking:
            yield Gap("no_record", absence.NO_RECORD, source.title)
    told = 0
    for source in sorted(expected, key=lambda e: (e.feed, e.title)):
        if source.checking:
            told += source.checking
            for name in sorted({view.source.title for view in views if source.feed in view.feeds}) or [source.title]:
                yield Gap("checking", absence.CHECKING, name)
    if reviews > 0 and not told:
        yield Gap("checking", "A possible record of this person is being checked and is not shown.", "")
