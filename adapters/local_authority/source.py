"""Which council speaks, and which of its people a row is about."""

from __future__ import annotations

from functools import lru_cache

from carehub.terms import nhs_number
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceKind, SourceOrganisation

from .dates import credible, day, end_of

LA_CODE = "urn:carehub:cld:la-code"
_NOBODY = frozenset(("", "unknown", "unk", "null", "none", "n/a", "na", "nil", "tbc", "0", "-"))


@lru_cache(maxsize=512)
def council(code: str, at: str = "LA_Code") -> SourceOrganisation:
    """The council of a 3-digit CSSR code; "503" is "CSSR-503", so that it cannot be taken for an ODS code.

    Raises Unmappable MAP-001 for anything else (also the ONS code E0…): the local numbers could then be any council's.
    """
    if not (len(code) == 3 and code.isascii() and code.isdigit()):
        raise Unmappable(issue("MAP-001", at=at))
    return SourceOrganisation(f"CSSR-{code}", f"Council {code}", SourceKind.LOCAL_AUTHORITY)


@lru_cache(maxsize=512)
def speaker(la_code: str, period_start: str, period_end: str) -> tuple[SourceOrganisation, str]:
    """The council of a row, and the instant until which it knew what it says: the end of the reporting period.

    Raises Unmappable MAP-001: which council, which period.
    """
    source = council(la_code)
    start, end = day(period_start), day(period_end)
    if not end or (start and not credible(start, end)):
        raise Unmappable(issue("MAP-001", at="Reporting_Period_End_Date"))
    return source, end_of(end)


def person_key(local: str, sent_number: str) -> str:
    """The council's key for a person: its own number, else "nhs|" and a valid NHS number, else "".

    The council's number goes first though a person may have several: records of one person meet by the hub's own rules of identity, which
    look at more than a number that somebody typed.
    """
    if local.casefold() not in _NOBODY:
        return local
    number = nhs_number.valid(sent_number)
    return f"nhs|{number}" if number else ""


def space(source: SourceOrganisation, what: str) -> str:
    """The address of a space of identifiers that this council owns."""
    return f"urn:carehub:{source.code}:{what}"


def as_reference(source: SourceOrganisation) -> dict[str, object]:
    """The council as a logical reference: no Organization of it is in the message."""
    return _reference(source.code, source.title)


@lru_cache(maxsize=512)
def _reference(code: str, title: str) -> dict[str, object]:
    return {"identifier": {"system": LA_CODE, "value": code.removeprefix("CSSR-")}, "display": title}
