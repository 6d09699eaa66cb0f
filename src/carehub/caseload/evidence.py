"""What of a record speaks for a place on the caseload: unplanned admissions, severe frailty, a changed care package; each with its source and date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from carehub.terms.attribution import Attribution
from carehub.terms.codes import SNOMED
from carehub.terms.moments import london_date
from carehub.terms.organisations import SourceKind, SourceOrganisation

Rule = Literal["unplanned_admissions", "severe_frailty", "care_package_changed"]
ADMITTED: Final[Rule] = "unplanned_admissions"
FRAIL: Final[Rule] = "severe_frailty"
PACKAGE: Final[Rule] = "care_package_changed"
RULES: tuple[Rule, ...] = (ADMITTED, FRAIL, PACKAGE)

SEVERE_FRAILTY = f"{SNOMED}|925861000000106"

# NHS Data Dictionary, ADMISSION METHOD, national codes of an emergency admission; a baby born at home as intended (2C) was not ill.
# https://www.datadictionary.nhs.uk/attributes/admission_method.html
_METHOD = "https://fhir.hl7.org.uk/CodeSystem/UKCore-AdmissionMethodEngland"
TRANSFER = f"{_METHOD}|2B"
UNPLANNED = frozenset(f"{_METHOD}|{code}" for code in ("21", "22", "23", "24", "25", "28", "2A", "2D")) | {TRANSFER}


class Said(Protocol):
    """An entry of a record, as careplan.plan.Entry has it: in this room nothing else of it is looked at."""

    @property
    def title(self) -> str: ...
    @property
    def active(self) -> bool: ...
    @property
    def when(self) -> str: ...
    @property
    def ends(self) -> str: ...
    @property
    def codes(self) -> tuple[str, ...]: ...
    @property
    def attributions(self) -> tuple[Attribution, ...]: ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that one source tells. day: when, in London, at the precision it came with; "" where it gives none. until: the last day of a stay, ""
    while it goes on. words: what it is. record: "Type/id". moved: a transfer of somebody who was in hospital already."""

    rule: Rule
    day: str
    words: str
    source: SourceOrganisation
    record: str
    until: str = ""
    moved: bool = False


def evidence(stays: Iterable[Said], others: Iterable[Said]) -> tuple[Evidence, ...]:
    """stays: entries of stays in hospital, each on its own. others: every other entry, each on its own. In no order that means anything."""
    return (*_admissions(stays), *(one for said in others for one in _spoken(said)))


def _admissions(stays: Iterable[Said]) -> Iterator[Evidence]:
    for said in stays:
        method = UNPLANNED.intersection(said.codes)
        if method:
            told = said.attributions[0]
            day, until = london_date(said.when), london_date(said.ends)
            yield Evidence(ADMITTED, day, "Unplanned admission", told.source, told.record, until, TRANSFER in method)


def _spoken(said: Said) -> Iterator[Evidence]:
    told = said.attributions[0]
    kind = told.record.partition("/")[0]
    if kind in ("Condition", "Observation") and said.active and SEVERE_FRAILTY in said.codes:
        yield Evidence(FRAIL, london_date(said.when), "Severe frailty coded", told.source, told.record)
    if kind == "EpisodeOfCare" and told.source.kind is SourceKind.LOCAL_AUTHORITY:
        for day, what in ((said.when, "began"), (said.ends, "ended")):
            if day:
                yield Evidence(PACKAGE, london_date(day), f"{said.title} {what}", told.source, told.record)


_LETTERS: dict[Rule, str] = {ADMITTED: "a", FRAIL: "f", PACKAGE: "p"}
_OF_LETTER = {letter: rule for rule, letter in _LETTERS.items()}


def marks(found: Sequence[Evidence]) -> str:
    """Rule and day of each piece of evidence in a word, for an index: "a2026-01-02 f p2026-08-01"; "" for none."""
    return " ".join(sorted(_LETTERS[one.rule] + one.day for one in found))


def marked(marks: str) -> tuple[tuple[Rule, str], ...]:
    """The rules and days of such words."""
    return tuple((_OF_LETTER[word[0]], word[1:]) for word in marks.split())
