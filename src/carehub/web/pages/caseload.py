"""The caseload of the reader's organisation: each person with the reasons, those whose newest evidence is newest first. No patient banner (UI-02)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from carehub.caseload.evidence import ADMITTED, FRAIL, PACKAGE, RULES
from carehub.governance.redaction import Disclosed
from carehub.hub.caseload import Caseload, Caseloads, OnCaseload
from carehub.hub.reading import PersonHit
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.web.door import Door
from carehub.web.pages.people import HitRow, rows_of

PAGE_ROWS = 50
TITLES = {ADMITTED: "Unplanned admissions", FRAIL: "Severe frailty", PACKAGE: "Care package changed"}
_MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class ListRow:
    """One person of the list. reasons: sentences with source and date. changed: the day of the newest evidence, "". unconfirmed: a death is reported that
    others do not bear out."""

    who: HitRow
    reasons: tuple[str, ...]
    changed: str
    unconfirmed: bool


def routes(door: Door, caseloads: Caseloads) -> list[BaseRoute]:
    """GET /caseload?reason=&page=. The filter is in the address, says what it hides and leads out (UI-37)."""

    def show(request: Request) -> Response:
        asking, given = door.requester(request), request.query_params
        reason = given.get("reason", "")
        if reason not in ("", *RULES):
            raise Rejected(issue("API-005", at="reason"))
        told = _opened(caseloads.members(asking))
        chosen = [one for one in told.people if not reason or any(held.rule == reason for held in one.reasons)]
        pages = max(1, -(-len(chosen) // PAGE_ROWS))
        page = min(_number(given.get("page", "")), pages)
        return door.show(
            request,
            "caseload.html",
            told=told,
            rows=rows(chosen, told.at)[(page - 1) * PAGE_ROWS : page * PAGE_ROWS],
            chosen=len(chosen),
            reason=reason,
            titles={rule: TITLES[rule] for rule in RULES if rule in told.criteria.rules},
            page=page,
            pages=pages,
        )

    return [Route("/caseload", show)]


def rows(people: list[OnCaseload], now: datetime) -> tuple[ListRow, ...]:
    """In the order given, each warned of another person of the list who could be taken for this one. now: aware UTC."""
    shown = {row.person: row for row in rows_of([_hit(one) for one in people], now)}
    return tuple(
        ListRow(
            shown[one.person],
            tuple(reason.sentence for reason in one.reasons),
            one.changed,
            one.identity.deceased == "unconfirmed",
        )
        for one in people
    )


def _opened(told: Disclosed[Caseload]) -> Caseload:
    if not isinstance(told, Disclosed):
        raise TypeError("a page shows only what was disclosed")
    return told.value


def _hit(one: OnCaseload) -> PersonHit:
    said = one.identity
    return PersonHit(one.person, said.family, said.given, said.prefix, said.birth_date, said.gender, said.nhs_number, "", said.died, ())


def _number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 1
