"""The parts of a directory to Mapped: a service, the front page of the interface, an empty page, the end of a whole read."""

from __future__ import annotations

import re
from typing import Any

from carehub.feeds.mapped import Mapped
from carehub.fhir.gate import read_json
from carehub.terms.errors import Unmappable, Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef

from . import service_records
from .directory_pages import END, READ, SERVICE, contents, read_whole
from .draft import Draft
from .moment import moment
from .shapes import part, raw

# A body as the interface gives it does not say which directory it is from.
UNNAMED = SourceOrganisation("OPEN-REFERRAL-UK", "Service directory", SourceKind.VOLUNTARY)
# Services, and what hangs on them: an outline says nothing of places, so it cannot close them.
SCOPE, PARTS = "directory", "directory places"
_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9.-]{0,38}[A-Z0-9])")
_UUID = re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def map_part(body: bytes) -> Mapped:
    """One part. Its records are nobody's: Mapped.patient is None and the patient in every RecordRef "".

    Raises Unreadable: not JSON (GATE-001 to GATE-004), MAP-001 when it is no part of a directory; Unmappable: MAP-001 at directory, MAP-004 for
    a service without id or name, or whose id could be another directory's.
    """
    value = read_json(body)
    if not isinstance(value, dict):
        raise Unreadable(issue("MAP-001"))
    kind = value.get("carehub")
    if kind == SERVICE:
        return _one_service(part(value, "service"), source_of(value), raw(value, "readAt"))
    if kind == END:
        return _end(value)
    if kind == READ:
        read_whole(value)
    if kind is not None:
        raise Unreadable(issue("MAP-003"))
    if contents(value) is not None:
        return _page(value)
    if "openapi_url" in value or ("version" in value and "profile" in value):
        return Mapped(UNNAMED, None, "metadata", "", (), issues=(issue("MAP-014", at="version"),))
    return _one_service(value, UNNAMED, "")


def source_of(value: dict[str, Any]) -> SourceOrganisation:
    """The directory that a read names. Raises Unmappable MAP-001."""
    told = part(value, "directory")
    if not told and value.get("carehub") == SERVICE and "directory" not in value:
        return UNNAMED
    code = raw(told, "code").upper()
    if not _CODE.fullmatch(code) or code == UNNAMED.code:
        raise Unmappable(issue("MAP-001", at="directory.code"))
    return SourceOrganisation(code, raw(told, "name")[:200], SourceKind.VOLUNTARY)


def _one_service(service: dict[str, Any], source: SourceOrganisation, read_at: str) -> Mapped:
    local = raw(service, "id")
    if not local or len(local) > 200:
        raise Unmappable(issue("MAP-004", at="id"))
    if source == UNNAMED and not _UUID.fullmatch(local):
        # Two directories may both have a service 17; only a UUID is one service's wherever it comes from.
        raise Unmappable(issue("MAP-004", at="id", about="HealthcareService"))
    if not raw(service, "name"):
        raise Unmappable(issue("MAP-004", at="name"))
    changed, read = moment(raw(service, "last_modified")), moment(read_at)
    if source != UNNAMED and read is None:
        raise Unmappable(issue("MAP-004", at="readAt"))
    draft = Draft(RecordRef(source.code, "", "HealthcareService"), PARTS if source != UNNAMED else "")
    if raw(service, "last_modified") and changed is None:
        draft.note("MAP-010", "last_modified", "HealthcareService")
    # What a read says holds on the day of the read, whenever somebody last touched it.
    as_of = read or changed
    service_records.tell(
        draft, service, local, f"urn:carehub:{source.code}", as_of.day if as_of else "", SCOPE if source != UNNAMED else ""
    )
    open_ = service_records.ACTIVE.get(raw(service, "status").casefold(), True)
    return Mapped(
        source=source,
        patient=None,
        kind="service" if open_ else "service-closed",
        recorded=as_of.begins if as_of else "",
        records=draft.records(),
        sequence=changed.begins if changed and read else "",
        issues=draft.issues(),
    )


def _page(page: dict[str, Any]) -> Mapped:
    """A page that was not taken apart holds nothing that could be: it says nothing of any service, least of all that there is none."""
    listed = contents(page) or []
    lost = (issue("MAP-004", at="contents", count=len(listed)),) if listed else ()
    return Mapped(UNNAMED, None, "page", "", (), issues=(issue("MAP-040", at="contents"), *lost))


def _end(value: dict[str, Any]) -> Mapped:
    source, read = source_of(value), moment(raw(value, "readAt"))
    if read is None:
        raise Unmappable(issue("MAP-004", at="readAt"))
    whole = value.get("whole") is True
    repeated = value.get("repeated")
    issues = [] if whole else [issue("MAP-040", at="reads")]
    if isinstance(repeated, int) and 0 < repeated < 10**6 and repeated is not True:
        issues.append(issue("MAP-018", at="contents", about="HealthcareService", count=repeated))
    return Mapped(
        source,
        None,
        "end-of-directory",
        read.begins,
        (),
        # After every service of the same read, whatever they say of their last change.
        sequence="~",
        issues=tuple(issues),
        closes=(SCOPE, PARTS) if whole and value.get("nested") is True else (SCOPE,) if whole else (),
        closes_submission=True,
    )
