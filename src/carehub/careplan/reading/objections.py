"""Whether the person asked a source not to share what it holds: a Consent that denies, or the code that a practice records for a refusal.

Only what is about sharing for care counts. An opt-out from research and planning (type 1, or the national one) never hides anything from whoever
gives care: taking it for one could harm (hazard H-25).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from carehub.careplan.reading.results import event_date
from carehub.careplan.reading.shelf import Shelf
from carehub.fhir.resource import Resource, codings, many, text, words
from carehub.terms.codes import SNOMED
from carehub.terms.moments import days_of

# SNOMED CT: "Refused consent for upload to local shared electronic record" and "Consent given for upload to local shared electronic record" (NHS
# vocabulary DocumentConsentSnCT), with their words for local codes. A refusal of the national record (416308001) is not one of the local record.
_REFUSED, _GIVEN = "416409005", "417528008"
_REFUSED_WORDS = re.compile(r"(?:refused consent|dissent\w*) (?:for|from) (?:upload to|sharing with) (?:the )?local shared", re.IGNORECASE)
_GIVEN_WORDS = re.compile(r"consent given for upload to local shared", re.IGNORECASE)
# Scopes of http://terminology.hl7.org/CodeSystem/consentscope, and purposes of use (HL7 v3 ActReason) that are about giving care to the person.
_PRIVACY = "patient-privacy"
_CARE = frozenset({"TREAT", "ETREAT", "CAREMGT", "COC"})
# The national data opt-out and the type 1 opt-out by the words that services use for them; both are about other uses than the person's own care.
_OTHER_USES = re.compile(
    r"\bresearch\b|secondary use|national data opt|type (?:1|one) opt|dissent from disclosure of personal confidential", re.IGNORECASE
)


def objections(shelf: Shelf) -> tuple[tuple[str, str], ...]:
    """When each objection to sharing this source's record is in force: (from, until) as FHIR dates, "" for an end that is open.

    A coded refusal stands until a consent that is later on any reading of the two dates: one without a date is lifted only by its withdrawal.
    """
    found = {span for record in shelf.of("Consent") for span in _denied(record.resource)}
    said = [told for type in ("Observation", "Condition") for record in shelf.of(type) if (told := _said(record.resource))]
    given = [days[0] for day, answer in said if answer == "given" and (days := days_of(day))]
    for day, answer in said:
        days = days_of(day)
        if answer == "refused" and not (days and any(later > days[1] for later in given)):
            found.add((day, ""))
    return tuple(sorted(found))


def _denied(consent: Resource) -> Iterator[tuple[str, str]]:
    """A consent about privacy, in force, that denies everything: one that denies some things only is for a reader to read, and so is one about
    research and planning, whatever scope it is filed under."""
    provision = consent.get("provision")
    if not isinstance(provision, dict) or text(consent, "status") != "active" or text(provision, "type") != "deny":
        return
    scopes = {code for _, code, _ in codings(consent.get("scope"))}
    purposes = {text(purpose, "code") for purpose in many(provision, "purpose")}
    narrowed = any(provision.get(part) for part in ("class", "code", "data", "actor", "action", "dataPeriod", "provision"))
    if (not scopes or _PRIVACY in scopes) and not narrowed and not (purposes and purposes.isdisjoint(_CARE)) and not _other_uses(consent):
        yield text(provision, "period", "start"), text(provision, "period", "end")


def _other_uses(consent: Resource) -> bool:
    """Whether a consent says, by scope, category or rule, that it is about research and planning."""
    concepts = [consent.get("scope"), *many(consent, "category"), consent.get("policyRule")]
    told = [part for concept in concepts for _, code, display in codings(concept) for part in (code, display)]
    return any(_OTHER_USES.search(part) for part in (*told, *map(words, concepts)))


def _said(resource: Resource) -> tuple[str, str] | None:
    """(date, "refused" or "given") of a coded word on sharing; where code and words differ, the refusal."""
    concept = resource.get("code")
    codes = [code for system, code, _ in codings(concept) if system == SNOMED]
    said = _answer(words(concept))
    answer = "refused" if _REFUSED in codes or said == "refused" else "given" if _GIVEN in codes else said
    return (event_date(resource) or text(resource, "recordedDate"), answer) if answer else None


@lru_cache(maxsize=4096)
def _answer(told: str) -> str:
    return "refused" if _REFUSED_WORDS.search(told) else "given" if _GIVEN_WORDS.search(told) else ""


def in_force(spans: tuple[tuple[str, str], ...], day: str) -> bool:
    """Whether any of these spans holds a day ("YYYY-MM-DD"), from the first day that its start may mean to the last that its end may mean. A part that
    is no date counts as open: an objection is not lost by it."""
    today = date.fromisoformat(day)
    for start, end in spans:
        begins, ends = days_of(start), days_of(end)
        if (begins is None or begins[0] <= today) and (ends is None or today <= ends[1]):
            return True
    return False
