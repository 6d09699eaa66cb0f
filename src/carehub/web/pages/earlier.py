"""Which record a page is about: the one of now, or with `as-of` in its address the one as it stood then, on every page that only shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from starlette.requests import Request

from carehub.careplan.changes import day_start
from carehub.governance.redaction import Disclosed, carry
from carehub.hub.reading import PersonRecord
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant
from carehub.web.door import Door
from carehub.web.screen import Frame, frame


def read(door: Door, request: Request, page: str) -> tuple[Disclosed[PersonRecord], Frame]:
    """The record that a page shows, and the frame around it. `as-of` is an instant or a day, which means its end; then "today" on the page is that
    moment, while the frame keeps when the page was built. Raises Missing, Refused, Rejected (API-005) for no date or one to come."""
    asking, person = door.requester(request), str(request.path_params["person"])
    at = request.query_params.get("as-of", "")
    if not at:
        record = door.hub.person_record(asking, person, page)
        return record, frame(record)
    then = moment(at, "as-of")
    found = door.hub.record_then(asking, person, then, page)
    shown: PersonRecord = replace(found.value, built_at=then)
    return carry(found, shown), replace(frame(carry(found, found.value)), earlier=found.value)


def moment(text: str, name: str) -> datetime:
    """An aware instant from a FHIR dateTime, or the end of a day. Raises Rejected (API-005) naming the parameter."""
    if found := instant(text):
        return found
    try:
        return day_start(text) + timedelta(days=1) - timedelta(milliseconds=1)
    except ValueError:
        raise Rejected(issue("API-005", at=name)) from None
