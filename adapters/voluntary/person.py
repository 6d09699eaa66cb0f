"""The person of a referral: a Patient known by the referral, since a referral list knows nobody by a number of its own."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from carehub.feeds.adapter import overlay
from carehub.feeds.mapped import MappedRecord
from carehub.fhir.resource import Resource, first, text
from carehub.terms import nhs_number
from carehub.terms.refs import RecordRef

from .draft import Draft, Notes, filled
from .moment import birth_date
from .referral_row import Person, Referral

_TITLE = re.compile(r"(mr|mrs|miss|ms|mx|dr|prof|rev)\.?", re.IGNORECASE)
# Postcodes that stand for no address (NHS Postcode Directory).
_NO_PLACE = re.compile(r"ZZ99.*", re.IGNORECASE)
_REFERRAL_NUMBER = {"text": "Referral number"}
_NOT_FIT = {"text": "NHS number as sent, not fit for use"}


def tell(draft: Draft, told: Referral) -> None:
    """Put the Patient in. An update: an empty cell says nothing of the person (see `revise`)."""
    draft.take(*_told_once(draft.owner, told.referral, told.person))


# A list tells the person again with every row of the referral, mostly in the same words.
@lru_cache(maxsize=4096)
def _told_once(owner: RecordRef, referral: str, told: Person) -> tuple[tuple[MappedRecord, ...], Notes]:
    draft = Draft(owner)
    elements: Resource = {"identifier": _identifiers(draft, referral, told.nhs_number)}
    if name := _name(draft, told):
        elements["name"] = [name]
    if born := _born(draft, told.born):
        elements["birthDate"] = born
    if told.postcode:
        elements["address"] = [_address(told.postcode)]
    if told.phone:
        elements["telecom"] = [{"system": "phone", "value": told.phone}]
    draft.add("Patient", "", elements, at="Referral_ID", change="update")
    return draft.records(), draft.notes()


def _identifiers(draft: Draft, referral: str, number: str) -> list[dict[str, Any]]:
    found = [referral_number(draft.owner.source, referral)]
    if digits := nhs_number.valid(number):
        found.append({"system": nhs_number.SYSTEM, "value": digits})
    elif number:
        space = f"urn:carehub:{draft.owner.source}:id:nhs-number-not-fit-for-use"
        found.append({"type": _NOT_FIT, "system": space, "value": number})
        draft.note("MAP-009", "NHS_Number", "Patient")
    return found


def referral_number(source: str, referral: str) -> dict[str, Any]:
    """The referral's number as an Identifier in its organisation's own space."""
    return {"type": _REFERRAL_NUMBER, "system": f"urn:carehub:{source}:referral", "value": referral}


def _name(draft: Draft, told: Person) -> dict[str, Any]:
    """Family and given name where the source parts them: two columns, a comma, or two words. More words are kept as text, not guessed at."""
    if told.family or told.given:
        return filled(use="official", family=told.family, given=told.given.split())
    if not told.name:
        return {}
    family, comma, given = told.name.partition(",")
    if comma:
        family = family.strip()
        parts = given.split()
        if family and parts and "," not in given:
            titles = [word for word in parts if _TITLE.fullmatch(word)]
            if not titles:
                return {"use": "official", "text": told.name, "family": family, "given": parts}
            return filled(use="official", text=told.name, family=family, given=[w for w in parts if w not in titles], prefix=titles)
    else:
        words = told.name.split()
        prefix = words[:1] if len(words) > 1 and _TITLE.fullmatch(words[0]) else []
        rest = words[len(prefix) :]
        if len(rest) == 2:
            return filled(use="official", text=told.name, family=rest[1], given=[rest[0]], prefix=prefix)
    draft.note("MAP-007", "Name", "Patient")
    return {"use": "official", "text": told.name}


def _born(draft: Draft, sent: str) -> str:
    born = birth_date(sent)
    if sent and not born:
        draft.note("MAP-010", "Date_of_Birth", "Patient")
    return born


def _address(postcode: str) -> dict[str, Any]:
    if _NO_PLACE.fullmatch(postcode):
        return {"text": f"No postal address ({postcode})"}
    return {"use": "home", "postalCode": postcode.upper()}


def revise(earlier: Resource, update: Resource, clears: tuple[str, ...]) -> Resource:
    """A later row of the referral laid over what was known. Of the same person an NHS number once told stands until another is told.

    A row that tells another date of birth, or nothing in common in the name, is of somebody else or a correction: nothing is carried over, so
    that nobody gets the number of the person who had the referral before.
    """
    if update.get("resourceType") != "Patient":
        return overlay(earlier, update, clears)
    if _contradicts(earlier, update):
        return dict(update)
    later = overlay(earlier, update, clears)
    sent = [one for one in update.get("identifier") or () if isinstance(one, dict)]
    if not any(one.get("system") == nhs_number.SYSTEM for one in sent):
        known = [one for one in earlier.get("identifier") or () if isinstance(one, dict) and one not in sent]
        later["identifier"] = [*sent, *(one for one in known if one.get("system") == nhs_number.SYSTEM)]
    return later


def _contradicts(earlier: Resource, update: Resource) -> bool:
    before, after = text(earlier, "birthDate"), text(update, "birthDate")
    if before and after and before != after:
        return True
    known, told = _words(earlier), _words(update)
    return bool(known and told and known.isdisjoint(told))


def _words(patient: Resource) -> set[str]:
    name = first(patient, "name")
    if not isinstance(name, dict):
        return set()
    given = name.get("given")
    parts = (
        [str(name.get("family") or ""), *(str(one) for one in given or ())]
        if name.get("family") or given
        else [str(name.get("text") or "")]
    )
    return {word for word in re.split(r"[\W_]+", " ".join(parts).casefold()) if len(word) > 1 and not _TITLE.fullmatch(word)}
