"""Who a message is about, and which practice speaks.

Sender ids are reused between people (one published Patient.id belongs to three), so a patient is known here by the id together with a usable
NHS number, or with birth date and family name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from carehub.fhir.resource import Resource, codings, identifiers, many, text
from carehub.terms import moments, nhs_number
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import ODS_SYSTEM, SourceKind, SourceOrganisation

UNKNOWN_PRACTICE = "unknown-gp"
_GP_PRACTICE = "gp-practice"
# Suppliers whose identifier systems end in the practice's ODS code: https://EMISWeb/A82038.
_NAMING_PRACTICE = ("https://EMISWeb/", "https://PSSAdaptor/")


def usable_numbers(patient: Resource) -> frozenset[str]:
    """The NHS numbers that may carry the NHS number system: valid ones. Two current valid numbers that differ are both unusable."""
    current: set[str] = set()
    old: set[str] = set()
    for item in many(patient, "identifier"):
        if isinstance(item, dict) and item.get("system") == nhs_number.SYSTEM:
            digits = nhs_number.valid(text(item, "value"))
            if digits:
                (old if item.get("use") == "old" else current).add(digits)
    return frozenset((current if len(current) == 1 else set()) | old)


def current_number(patient: Resource) -> str | None:
    """The one usable NHS number that is not marked old."""
    usable = usable_numbers(patient)
    for item in many(patient, "identifier"):
        if isinstance(item, dict) and item.get("system") == nhs_number.SYSTEM and item.get("use") != "old":
            digits = nhs_number.valid(text(item, "value"))
            if digits in usable:
                return digits
    return None


def patient_key(patient: Resource, place: str) -> str:
    """The source's key for its patient: "Patient.id|NHS number", else "Patient.id|birth date|family name".

    Raises Unmappable MAP-002 when there is neither: an id alone does not say who it is, since senders use ids again.
    """
    sent = text(patient, "id")
    number = current_number(patient)
    if number:
        return f"{sent}|{number}"
    born = text(patient, "birthDate")
    family = " ".join(_family(patient).casefold().split())
    if not family and not moments.valid_date(born):
        raise Unmappable(issue("MAP-002", at=place, about="Patient"))
    return f"{sent}|{born}|{family}"


def _family(patient: Resource) -> str:
    """The family name of the official name, else of the first that is not old."""
    names = [name for name in many(patient, "name") if isinstance(name, dict)]
    names.sort(key=lambda name: (name.get("use") in ("old", "maiden"), name.get("use") != "official"))
    return next((said for name in names if (said := text(name, "family") or text(name, "text"))), "")


def practice(patient: Resource, resources: Iterable[Resource]) -> SourceOrganisation:
    """The practice that speaks: the patient's managing organisation, else the only GP practice in the message, else the practice that
    identifier systems name; else "unknown-gp"."""
    listed = list(resources)
    organisations = [one for one in listed if one.get("resourceType") == "Organization"]
    managing = text(patient, "managingOrganization", "reference").casefold()
    chosen = [one for one in organisations if managing and f"organization/{text(one, 'id')}".casefold() == managing and _ods(one)]
    if not chosen:
        practices = [one for one in organisations if _is_practice(one) and _ods(one)]
        chosen = practices if len({_ods(one) for one in practices}) == 1 else []
    if chosen:
        one = min(chosen, key=lambda one: (text(one, "name"), text(one, "id")))
        return SourceOrganisation(_ods(one), text(one, "name"), SourceKind.GP)
    code = _named_in_systems(listed)
    name = min((text(one, "name") for one in organisations if code and _ods(one) == code), default="")
    return SourceOrganisation(code or UNKNOWN_PRACTICE, name, SourceKind.GP)


def _ods(organisation: Resource) -> str:
    return next((code.strip().upper() for code in identifiers(organisation, ODS_SYSTEM) if code.strip()), "")


def _is_practice(organisation: Resource) -> bool:
    return any(code == _GP_PRACTICE for kind in many(organisation, "type") for _, code, _ in codings(kind))


def _named_in_systems(resources: Iterable[Resource]) -> str:
    """The code that identifier systems end in, if most identifiers agree on one; "" else."""
    votes = Counter(_codes(resources)).most_common(2)
    if not votes or (len(votes) == 2 and votes[0][1] == votes[1][1]):
        return ""
    return votes[0][0]


def _codes(resources: Iterable[Resource]) -> Iterator[str]:
    for resource in resources:
        for system in many(resource, "identifier", "system"):
            stem: Any = next((stem for stem in _NAMING_PRACTICE if isinstance(system, str) and system.startswith(stem)), None)
            if stem:
                code = system.removeprefix(stem).strip("/")
                if code.isalnum() and code.isascii():
                    yield code.upper()
