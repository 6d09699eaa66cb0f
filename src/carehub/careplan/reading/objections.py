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
from carehub.fhir.resource import Resource, codings, text, words
from carehub.terms.codes import SNOMED
from carehub.terms.moments import days_of

# SNOMED CT: "Refused consent for upload to local shared electronic record" and "Consent given for upload to local shared electronic record" (NHS
# vocabulary DocumentConsentSnCT), with their words for local codes. A refusal of the national record (416308001) is not one of the local record.
_REFUSED, _GIVEN = "416409005", "417528008"
_REFUSED_WORDS = re.compile(r"(?:refused consent|dissent\w*) (?:for|from) (?:upload to|sharing with) (?:the )?local shared", re.IGNORECASE)
_GIVEN_WORDS = re.compile(r"consent given for upload to local shared", re.IGNORECASE)
_PRIVACY = ("patient-privacy", "")


def objections(shelf: Shelf) -> tuple[tuple[str, str], ...]:
    """When each objection to sharing this source's record is in force: (from, until) as FHIR dates, "" for an end that is open."""
    found = [span for record in shelf.of("Consent") for span in _denied(record.resource)]
    said = sorted(filter(None, (_said(record.resource) for type in ("Observation", "Condition") for record in shelf.of(type))))
    if said and said[-1][1] == "refused":
        found.append((said[-1][0], ""))
    return tuple(sorted(set(found)))


def _denied(consent: Resource) -> Iterator[tuple[str, str]]:
    """A consent about privacy, in force, that denies everything: one that denies some things only is for a reader to read."""
    provision = consent.get("provision")
    if not isinstance(provision, dict) or text(consent, "status") != "active" or text(provision, "type") != "deny":
        return
    scope = next((code for _, code, _ in codings(consent.get("scope"))), "")
    narrowed = any(provision.get(part) for part in ("class", "code", "data", "actor", "purpose", "action", "dataPeriod", "provision"))
    if scope in _PRIVACY and not narrowed:
        yield text(provision, "period", "start"), text(provision, "period", "end")


def _said(resource: Resource) -> tuple[str, str] | None:
    """(date, "refused" or "given") of a coded word on sharing; of one day the refusal counts, because it sorts last."""
    concept = resource.get("code")
    codes = [code for system, code, _ in codings(concept) if system == SNOMED]
    answer = "refused" if _REFUSED in codes else "given" if _GIVEN in codes else _answer(words(concept))
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
