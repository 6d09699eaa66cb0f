"""Who speaks: the sending application and facility (MSH-3, MSH-4) to a source organisation."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from carehub.feeds.formats.hl7v2 import Segment
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import ODS_SYSTEM, SourceKind, SourceOrganisation

from .tables import rows

_KNOWN = {
    (row["sending_application"], row["sending_facility"]): SourceOrganisation(row["code"], row["name"], SourceKind.ACUTE)
    for row in rows("senders")
}


def sender(header: Segment) -> SourceOrganisation:
    """The organisation behind MSH-3 and MSH-4; one not in codes/senders.csv goes by its own MSH-4 text (MSH-3 where that is empty).

    Raises Unmappable (MAP-001) when neither says anything: an unnamed sender's local numbers could be anybody's.
    """
    application, facility = header.text(3), header.text(4)
    known = _KNOWN.get((application, facility)) or _KNOWN.get(("", facility))
    if known:
        return known
    code = facility or application
    if not code:
        raise Unmappable(issue("MAP-001", at="MSH-4"))
    return SourceOrganisation(code, "", SourceKind.ACUTE)


def address(source: SourceOrganisation, *what: str) -> str:
    """The address of a space of identifiers or codes that this source owns: "urn:carehub:X9A01:mrn"."""
    return _address(source.code, *what)


@lru_cache(maxsize=1024)
def _address(*parts: str) -> str:
    return ":".join(("urn:carehub", *(quote(part, safe="") for part in parts)))


def as_reference(source: SourceOrganisation) -> dict[str, object]:
    """The source as a logical reference: no Organization of it is in the message. The identifier is said to be ODS only for listed senders."""
    if source in _LISTED:
        return {"identifier": {"system": ODS_SYSTEM, "value": source.code}, "display": source.title}
    return {"display": source.title}


_LISTED = frozenset(_KNOWN.values())
