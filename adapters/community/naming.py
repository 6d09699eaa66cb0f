"""Addresses of the spaces of identifiers and codes that a source owns, and references to organisations by their codes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from carehub.terms.organisations import ODS_SYSTEM

ODS_SITE = "https://fhir.nhs.uk/Id/ods-site-code"
# Sites that stand for "no such place" in national data sets.
NO_PLACE = frozenset(("X99999", "R9998", "89999", "89997", "ZZ201", "ZZ202", "ZZ203"))
_ODS = re.compile(r"[A-Z0-9]{3,12}\Z", re.ASCII)


@lru_cache(maxsize=4096)
def address(source: str, *what: str) -> str:
    """The address of a space that a source owns: address("X99A1", "patient") is "urn:carehub:X99A1:patient"."""
    return ":".join(("urn:carehub", *(quote(part, safe="") for part in (source, *what))))


def uri(text: str) -> str:
    """An address as FHIR takes it: no white space in it."""
    return "%20".join(text.split())


def ods(code: str) -> str:
    """An ODS code in capitals; "" for what cannot be one."""
    told = code.strip().upper()
    return told if _ODS.match(told) else ""


def organisation(code: str, kind: str = "Organization") -> dict[str, Any] | None:
    """A logical reference to an organisation by its ODS code; in words only where the code cannot be one; None for no code.

    No record of the organisation is in the message, so there is nothing to point at.
    """
    told = code.strip()
    if not told:
        return None
    known = ods(told)
    if not known:
        return {"display": told}
    return {"type": kind, "identifier": {"system": ODS_SYSTEM, "value": known}, "display": known}
