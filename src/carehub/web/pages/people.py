"""Find a person: the search form, and the people found with enough to tell them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.governance.redaction import Disclosed
from carehub.hub.reading import PersonHit, PersonQuery
from carehub.terms import nhs_number
from carehub.web.badges import Badge, source_badge
from carehub.web.banner import NOT_KNOWN, display_name
from carehub.web.dates import age_words, today
from carehub.web.door import Door

_NAMED = ("family", "given", "postcode", "born-day", "born-month", "born-year")
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Mistake:
    """A field's id and what to do about it."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class HitRow:
    """One person found. alike: a sentence for each way in which another person in the list could be mistaken for this one.
    related: False where the reader may not open the record, and is told so."""

    person: str
    name: str
    born: str
    age: str
    gender: str
    nhs_number: str
    postcode: str
    died: str
    badges: tuple[Badge, ...]
    alike: tuple[str, ...]
    related: bool = True


def routes(door: Door) -> list[BaseRoute]:
    """The search. An NHS number goes by POST, so that it is never part of an address."""

    async def home(request: Request) -> Response:
        return RedirectResponse("/people", status_code=303)

    def search(request: Request) -> Response:
        asking = door.requester(request)
        typed = {name: request.query_params.get(name, "").strip()[:_LONGEST] for name in _NAMED}
        if not any(typed.values()):
            return _page(door, request, typed)
        query, mistakes = query_by_name(typed, door.clock())
        if query is None:
            return _page(door, request, typed, mistakes=mistakes, status=422)
        return _page(door, request, typed, hits=found(door.hub.search_people(asking, query), door.clock()))

    async def search_by_number(request: Request) -> Response:
        asking = door.requester(request)
        fields = await door.form(request)
        typed = fields.get("nhs_number", "").strip()[:_LONGEST]
        number = nhs_number.valid(typed)
        if number is None:
            text = (
                "Enter an NHS number of 10 digits, like 999 123 4567"
                if len(_digits(typed)) != 10
                else "Check the NHS number: it is not a real one"
            )
            return _page(door, request, {}, number=typed, mistakes=(Mistake("nhs_number", text),), status=422)
        hits = found(door.hub.search_people(asking, PersonQuery(nhs_number=number)), door.clock())
        return _page(door, request, {}, number=typed, hits=hits)

    return [
        Route("/", home),
        Route("/people", search, methods=["GET"]),
        Route("/people", search_by_number, methods=["POST"]),
    ]


def _page(
    door: Door,
    request: Request,
    typed: Mapping[str, str],
    *,
    number: str = "",
    mistakes: tuple[Mistake, ...] = (),
    hits: tuple[HitRow, ...] | None = None,
    status: int = 200,
) -> Response:
    shown = {name: typed.get(name, "") for name in _NAMED}
    wrong = {mistake.field: mistake.text for mistake in mistakes}
    return door.show(
        request,
        "people.html",
        status=status,
        typed=shown,
        number=number,
        mistakes=[(one.field, one.text) for one in mistakes],
        wrong=wrong,
        hits=hits,
    )


def query_by_name(typed: Mapping[str, str], now: datetime) -> tuple[PersonQuery | None, tuple[Mistake, ...]]:
    """The query of the name form, or None and what to correct. typed: the form's fields, trimmed. now: aware UTC."""
    mistakes: list[Mistake] = []
    parts = [typed["born-day"], typed["born-month"], typed["born-year"]]
    born = ""
    if any(parts):
        try:
            day = date(*(int(part) for part in reversed(parts)))
            born = day.isoformat()
            if born > today(now) or day.year < 1880:
                raise ValueError("not a date of birth")
        except ValueError:
            mistakes.append(Mistake("born-day", "Enter a real date of birth with day, month and year, like 9 3 1941"))
    if not mistakes and not (typed["family"] or born):
        mistakes.append(Mistake("family", "Enter a family name or a date of birth"))
    if mistakes:
        return None, tuple(mistakes)
    return PersonQuery(family=typed["family"], given=typed["given"], birth_date=born, postcode=typed["postcode"]), ()


def found(hits: Disclosed[tuple[PersonHit, ...]], now: datetime) -> tuple[HitRow, ...]:
    """Rows by name, each warned of a look-alike. Raises TypeError for anything that the door out did not release."""
    if not isinstance(hits, Disclosed):
        raise TypeError("a page shows only what was disclosed")
    return rows_of(sorted(hits.value, key=lambda hit: (hit.family.casefold(), hit.given.casefold(), hit.birth_date)), now)


def rows_of(people: Sequence[PersonHit], now: datetime) -> tuple[HitRow, ...]:
    """Rows in the order given, each warned of a look-alike among them. now: aware UTC."""
    return tuple(_row(hit, _alike(hit, people), now) for hit in people)


def _row(hit: PersonHit, alike: tuple[str, ...], now: datetime) -> HitRow:
    return HitRow(
        person=hit.person,
        name=display_name(hit.family, hit.given, hit.prefix),
        born=hit.birth_date,
        age="" if hit.died or not hit.related else age_words(hit.birth_date, today(now)),
        gender=hit.gender.capitalize() or NOT_KNOWN,
        nhs_number=hit.nhs_number,
        postcode=hit.postcode or (NOT_KNOWN if hit.related else "Not shown to you"),
        died=hit.died,
        badges=tuple(source_badge(text) for text in hit.sources),
        alike=alike,
        related=hit.related,
    )


def _alike(hit: PersonHit, people: Sequence[PersonHit]) -> tuple[str, ...]:
    """Hazard H04: people whose details could be taken for each other's are told apart before either record is opened."""
    others = [one for one in people if one.person != hit.person]
    namesakes = [one for one in others if one.family.casefold() == hit.family.casefold()]
    found = []
    if any(one.nhs_number and one.nhs_number == hit.nhs_number for one in others):
        found.append("Another person in this list has the same NHS number. Check the name and the date of birth.")
    if any(one.birth_date and one.birth_date == hit.birth_date for one in namesakes):
        found.append("Another person in this list has the same family name and date of birth. Check every detail.")
    elif any(one.given.casefold()[:3] == hit.given.casefold()[:3] for one in namesakes):
        found.append("Another person in this list has a similar name. Check the date of birth and the NHS number.")
    return tuple(found)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
