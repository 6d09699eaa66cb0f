"""STU3 primitives and code systems as R4 has them. What is empty or impossible comes back as None; the caller notes that."""

from __future__ import annotations

import re
from typing import Any

from carehub.feeds.formats.fhir_primitives import date, moment, number
from carehub.terms import moments

from ..tables import table

_R4 = "http://terminology.hl7.org/CodeSystem/"
_UK = re.compile(r"https?://fhir\.(?:hl7\.org|nhs)\.uk/(?:STU3/)?(?:CodeSystem/)?(?:CareConnect|ITK)-([A-Za-z0-9]+)-1\Z", re.ASCII)
_UK_SYSTEMS = {row["sent"]: row["system"] for row in table("itk3_uk_systems").values()}
_RENAMED = {row["sent"]: row["system"] for row in table("itk3_renamed_systems").values()}
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?\Z", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z", re.ASCII)


def system(told: str) -> str:
    """The R4 address of a code system that STU3 knew by another."""
    if match := _UK.match(told):
        return _UK_SYSTEMS.get(match[1], told)
    for version in ("v2", "v3"):
        stem = f"http://hl7.org/fhir/{version}/"
        if told.startswith(stem):
            return f"{_R4}{version}-{told.removeprefix(stem)}"
    return _RENAMED.get(told, "%20".join(told.split()))


def instant(told: str) -> str:
    """The hub's own instant, for ordering; "" for a date without a time or nothing."""
    found = moments.instant(moment(told)) if moment(told) else None
    return moments.iso(found) if found else ""


def _integer(told: str) -> int | None:
    value = number(told)
    return value if isinstance(value, int) else None


def _truth(told: str) -> bool | None:
    return {"true": True, "false": False}.get(told)


def _address(told: str) -> str:
    return "%20".join(told.split())


def _base64(told: str) -> str:
    plain = "".join(told.split())
    return plain if _BASE64.match(plain) and len(plain) % 4 == 0 else ""


def _full(told: str) -> str:
    whole = moment(told)
    return whole if "T" in whole else ""


_READ: dict[str, Any] = {
    "boolean": _truth,
    "date": date,
    "dateTime": moment,
    "instant": _full,
    "decimal": number,
    "integer": _integer,
    "positiveInt": _integer,
    "unsignedInt": _integer,
    "code": lambda told: " ".join(told.split()),
    "uri": _address,
    "url": _address,
    "canonical": _address,
    "oid": _address,
    "uuid": _address,
    "id": lambda told: told,
    "string": lambda told: told,
    "markdown": lambda told: told,
    "time": lambda told: told if _CLOCK.match(told) else "",
    "base64Binary": _base64,
}
TIMES = frozenset(("date", "dateTime", "instant", "time"))
PRIMITIVES = frozenset(_READ)


def primitive(kind: str, told: str) -> Any:
    """A primitive of an R4 type, or None when what was sent cannot be one."""
    value = _READ[kind](told)
    return None if value == "" else value


def filled(**elements: Any) -> dict[str, Any]:
    """The elements that hold something; a trailing underscore in a name is dropped ("class_")."""
    return {name.rstrip("_"): value for name, value in elements.items() if value not in (None, "", [], {})}
