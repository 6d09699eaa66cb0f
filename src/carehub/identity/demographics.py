"""Demographics: what matching may look at, read from a source Patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from carehub.fhir.resource import Resource, codings, many
from carehub.identity import standardising
from carehub.terms import nhs_number

_STATUS = "NHSNumberVerificationStatus"
_VERIFIED = "01"


@dataclass(frozen=True, slots=True)
class Demographics:
    """One patient record as matching sees it; "" or () where the source said nothing usable.

    nhs_number: ten digits that passed every check, else "". trusted: the number may be used for linking (valid, not a placeholder, and the
    source does not say it is unverified). birth_date: FHIR date as told. family, given: as told; family_key, given_key: standardised.
    deceased: the FHIR date, "true", or "". kind: SourceKind value. source: organisation code.
    superseded: earlier NHS numbers of the record (identifier use "old"), sorted; evidence for a review, never for a link. nhs_number is among
    them exactly when PDS has marked it as not valid. traced: the source itself says that the number was verified (status 01); a source that says
    nothing of it is trusted and does not say so.
    address: the whole address as told, without the postcode's element. email: as told.
    """

    nhs_number: str = ""
    trusted: bool = False
    birth_date: str = ""
    family: str = ""
    given: str = ""
    family_key: str = ""
    given_key: str = ""
    gender: str = ""
    postcode: str = ""
    phones: tuple[str, ...] = ()
    address_line: str = ""
    deceased: str = ""
    kind: str = ""
    source: str = ""
    superseded: tuple[str, ...] = ()
    address: str = ""
    email: str = ""
    traced: bool = False

    @property
    def void(self) -> bool:
        """Whether PDS has marked the number as not valid: people are still found under it, and it says nothing of whose the record is."""
        return self.nhs_number in self.superseded


def read(patient: Resource, *, kind: str, source: str) -> Demographics:
    """Demographics of an R4 Patient (JSON). kind: SourceKind value; source: organisation code.

    An NHS number is trusted when it is valid, the only current one, and its UK Core verification status is 01 (traced) or not given (FEEDS
    1). A number of another range (CHI, Health and Care, never issued) is kept as evidence and never trusted: somebody may have one beside an
    NHS number, so that two which differ are no contradiction. Whatever is missing or oddly shaped is left out: this never raises.
    """
    number, trusted, traced, superseded = _nhs_number(patient)
    family, given = _name(patient)
    postcode, line, address = _address(patient)
    gender = patient.get("gender")
    return Demographics(
        nhs_number=number,
        trusted=trusted,
        birth_date=standardising.birth_date(_text(patient.get("birthDate"))),
        family=family,
        given=given,
        family_key=standardising.family_key(family),
        given_key=standardising.given_key(given),
        gender=gender if gender in ("male", "female", "other") else "",
        postcode=postcode,
        phones=tuple(sorted({number for text in _contacts(patient, "phone", "sms", None) if (number := standardising.phone(text))})),
        address_line=line,
        deceased=_deceased(patient),
        kind=kind,
        source=source,
        superseded=superseded,
        address=address,
        email=next((found for found in sorted(_contacts(patient, "email")) if "@" in found), ""),
        traced=traced,
    )


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _elements(patient: Resource, name: str) -> list[dict[str, Any]]:
    value = patient.get(name)
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def _nhs_number(patient: Resource) -> tuple[str, bool, bool, tuple[str, ...]]:
    """(number, trusted, traced, superseded)."""
    current: dict[str, bool] = {}
    told: dict[str, bool] = {}
    old: set[str] = set()
    for identifier in _elements(patient, "identifier"):
        number = nhs_number.valid(_text(identifier.get("value"))) if identifier.get("system") == nhs_number.SYSTEM else None
        if number and identifier.get("use") == "old":
            old.add(number)
        elif number:
            said = _said_of(identifier)
            current[number] = current.get(number, True) and all(said) and bool(standardising.read_number(number).number)
            told[number] = told.get(number, True) and bool(said)
    if not current:
        return "", False, False, tuple(sorted(old))
    # Two current numbers on one record are a confusion: neither may link.
    chosen = min(current)
    others = {number for number in current if number != chosen}
    trusted = current[chosen] and not others
    return chosen, trusted, trusted and told[chosen], tuple(sorted((old | others) - {chosen}))


def _said_of(identifier: dict[str, Any]) -> list[bool]:
    """For each thing that is said of the number's verification, whether that is status 01."""
    return [
        any(code == _VERIFIED for _, code, _ in codings(extension.get("valueCodeableConcept")))
        for extension in _elements(identifier, "extension")
        if _text(extension.get("url")).rsplit("/", 1)[-1].find(_STATUS) >= 0
    ]


_NAME_ORDER = ("official", "usual", "", "temp")


def _name(patient: Resource) -> tuple[str, str]:
    """(family, given names) of the official name, else the usual one; never an old, maiden, nick or anonymous name."""

    def rank(name: dict[str, Any]) -> int:
        use = _text(name.get("use"))
        return _NAME_ORDER.index(use) if use in _NAME_ORDER else len(_NAME_ORDER)

    for name in sorted(_elements(patient, "name"), key=rank):
        if rank(name) == len(_NAME_ORDER):
            break
        family = " ".join(_text(part) for part in many(name, "family"))  # a list in DSTU2, and in senders that never left it
        given = " ".join(_text(part) for part in many(name, "given"))
        if family.strip() or given.strip():
            return family.strip(), " ".join(given.split())
    return "", ""


def _address(patient: Resource) -> tuple[str, str, str]:
    """(postcode, first line folded, all lines) of the home address, else of the first current one."""
    current = [address for address in _elements(patient, "address") if address.get("use") not in ("old", "temp", "billing")]
    for address in sorted(current, key=lambda a: a.get("use") != "home"):
        told = _text(address.get("text"))
        postcode = standardising.postcode(_text(address.get("postalCode"))) or standardising.postcode_in(told)
        lines = [_text(line) for line in many(address, "line") if _text(line)]
        line = " ".join(standardising.name_words(lines[0] if lines else told.split(",")[0]))
        if postcode or line:
            return postcode, line, ", ".join(lines) or told
    return "", "", ""


def _contacts(patient: Resource, *systems: str | None) -> Iterator[str]:
    for contact in _elements(patient, "telecom"):
        if contact.get("system") in systems and contact.get("use") != "old":
            yield _text(contact.get("value"))


def _deceased(patient: Resource) -> str:
    moment = standardising.birth_date(_text(patient.get("deceasedDateTime")))
    return moment or ("true" if patient.get("deceasedBoolean") is True or _text(patient.get("deceasedDateTime")) else "")
