"""One value of a search parameter against one resource, by the kind of the parameter (https://hl7.org/fhir/R4/search.html). Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from carehub.fhir.resource import Resource, codings, many
from carehub.fhir.search import parts, plain, token
from carehub.fhir.search_table import Kind, Param
from carehub.terms import moments
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

MODIFIERS: dict[Kind, frozenset[str]] = {
    "token": frozenset({"not", "missing", "text"}),
    "reference": frozenset({"missing", "identifier"}),
    "date": frozenset({"missing"}),
    "string": frozenset({"missing", "exact", "contains"}),
    "quantity": frozenset({"missing"}),
    "uri": frozenset({"missing"}),
    "composite": frozenset(),
}
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

Test = Callable[[Resource], bool]
Span = tuple[datetime, datetime]

_PREFIX = re.compile(rf"^({'|'.join(PREFIXES)})(?=[\d.-])")
_DOLLAR = re.compile(r"(?<!\\)((?:\\\\)*)\$")
_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$")


def values(param: Param, resource: Resource) -> list[Any]:
    """What the resource holds for a parameter, at all of its paths."""
    return [value for path in param.paths for value in many(resource, *path)]


def test_of(param: Param, modifier: str, raw: str, now: datetime) -> Test:
    """The test that a parameter's value, as given, makes: commas mean any of. now: aware, for "ap" of a date.

    Raises Rejected: API-004 for a modifier that this kind has not, API-005 for a value that cannot be read.
    """
    if modifier and modifier not in MODIFIERS[param.kind]:
        raise Rejected(issue("API-004", at=param.name))
    if modifier == "missing":
        if raw not in ("true", "false"):
            raise Rejected(issue("API-005", at=param.name))
        return lambda resource: bool(values(param, resource)) is (raw == "false")
    alternatives = [_alternative(param, modifier, part, now) for part in parts(raw)]
    negated = modifier == "not"
    fits = alternatives[0] if len(alternatives) == 1 else lambda value: any(one(value) for one in alternatives)

    def test(resource: Resource) -> bool:
        # Loops without generators: this is asked of every record of a search.
        for path in param.paths:
            for value in many(resource, *path):
                if fits(value):
                    return not negated
        return negated

    return test


def _alternative(param: Param, modifier: str, part: str, now: datetime) -> Callable[[Any], bool]:
    if param.kind == "token":
        return _says(plain(part)) if modifier == "text" else _token(part, param.name)
    if param.kind == "reference":
        if modifier == "identifier":
            asked = _token(part, param.name)
            return lambda value: asked(value.get("identifier")) if isinstance(value, dict) else False
        return _reference(plain(part))
    if param.kind == "date":
        return _date(part, param.name, now)
    if param.kind == "quantity":
        return _quantity(part, param.name)
    if param.kind == "composite":
        return _composite(param, part, now)
    if param.kind == "uri":
        return lambda value: bool(value == plain(part))
    return _string(plain(part), modifier)


def _composite(param: Param, part: str, now: datetime) -> Callable[[Any], bool]:
    """Each half of "code$value" read as its own kind is; one element must have both (https://hl7.org/fhir/R4/search.html#composite)."""
    halves = _DOLLAR.split(part)
    asked = [halves[n] + (halves[n + 1] if n + 1 < len(halves) else "") for n in range(0, len(halves), 2)]
    if len(asked) != len(param.parts) or not all(asked):
        raise Rejected(issue("API-005", at=param.name))
    both = [(one, _alternative(one, "", text, now)) for one, text in zip(param.parts, asked, strict=True)]
    return lambda element: all(any(fits(value) for value in values(one, element)) for one, fits in both)


def _token(part: str, name: str) -> Callable[[Any], bool]:
    asked = token(part, name)
    return lambda value: any((asked.system is None or asked.system == system) and asked.code in ("", code) for system, code in coded(value))


def coded(value: Any) -> Iterator[tuple[str, str]]:
    """(system, code) of a code, boolean, Coding, CodeableConcept, Identifier or ContactPoint."""
    if isinstance(value, bool):
        yield "", "true" if value else "false"
    elif isinstance(value, str):
        yield "", value
    elif isinstance(value, dict):
        for system, code, _ in codings(value):
            yield system, code
        said = value.get("code", value.get("value"))
        if isinstance(said, str):
            yield str(value.get("system", "")), said


def _says(words: str) -> Callable[[Any], bool]:
    asked = folded(words)
    return lambda value: any(folded(text).startswith(asked) for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (str(value[name]) for name in ("text", "display") if value.get(name))
        yield from (display for _, _, display in codings(value) if display)


def _reference(asked: str) -> Callable[[Any], bool]:
    wanted = "/".join(asked.split("/_history/")[0].split("/")[-2:])
    alone = "/" not in wanted

    def test(value: Any) -> bool:
        held = value.get("reference", "") if isinstance(value, dict) else ""
        return bool(held) and (held.rpartition("/")[2] if alone else held) == wanted

    return test


def folded(text: str) -> str:
    """Without case and accents, as string searches compare."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c)).strip()


def _string(asked: str, modifier: str) -> Callable[[Any], bool]:
    if modifier == "exact":
        return lambda value: bool(value == asked)
    wanted = folded(asked)
    if modifier == "contains":
        return lambda value: isinstance(value, str) and wanted in folded(value)
    return lambda value: isinstance(value, str) and folded(value).startswith(wanted)


def _split(part: str) -> tuple[str, str]:
    found = _PREFIX.match(part)
    prefix = found[1] if found else "eq"
    return prefix, plain(part[2:] if found else part)


@lru_cache(maxsize=4096)
def span(text: str) -> Span | None:
    """The first moment and the one after the last that a FHIR date, dateTime or instant may mean, in UTC; None for anything else, and for
    years that stand for no time at all (0001, 9999)."""
    if not "1000" <= text[:4] <= "9998":
        return None
    if "T" not in text:
        days = moments.days_of(text) if moments.valid_date(text) else None
        if days is None:
            return None
        return tuple(
            datetime.combine(day, datetime.min.time(), moments.LONDON).astimezone(UTC) for day in (days[0], days[1] + timedelta(1))
        )  # type: ignore[return-value]
    shape = _STAMP.match(text)
    moment = moments.instant(text) if shape else None
    if shape is None or moment is None:
        return None
    return moment, moment + (timedelta(milliseconds=1) if shape[2] else timedelta(seconds=1) if shape[1] else timedelta(minutes=1))


def _held(value: Any) -> Span | None:
    if isinstance(value, str):
        return span(value)
    if not isinstance(value, dict) or not (value.get("start") or value.get("end")):
        return None
    start, end = (span(str(value[name])) if value.get(name) else None for name in ("start", "end"))
    return (
        start[0] if start else _FIRST,
        end[1] if end else _LAST,
    )


_SPANS: dict[str, Callable[[Span, Span], bool]] = {
    "eq": lambda held, asked: asked[0] <= held[0] and held[1] <= asked[1],
    "ne": lambda held, asked: not (asked[0] <= held[0] and held[1] <= asked[1]),
    "gt": lambda held, asked: held[1] > asked[1],
    "lt": lambda held, asked: held[0] < asked[0],
    "ge": lambda held, asked: held[1] > asked[1] or (asked[0] <= held[0] and held[1] <= asked[1]),
    "le": lambda held, asked: held[0] < asked[0] or (asked[0] <= held[0] and held[1] <= asked[1]),
    "sa": lambda held, asked: held[0] >= asked[1],
    "eb": lambda held, asked: held[1] <= asked[0],
    "ap": lambda held, asked: held[0] < asked[1] and held[1] > asked[0],
}


def _date(part: str, name: str, now: datetime) -> Callable[[Any], bool]:
    prefix, text = _split(part)
    asked = span(text)
    if asked is None:
        raise Rejected(issue("API-005", at=name))
    if prefix == "ap":
        # A tenth of the gap between now and the date, as the specification recommends.
        wider = min(abs(now - asked[0]) / 10, asked[0] - _FIRST, _LAST - asked[1])
        asked = asked[0] - wider, asked[1] + wider
    compare, within = _SPANS[prefix], asked

    def test(value: Any) -> bool:
        held = _held(value)
        return held is not None and compare(held, within)

    return test


def _quantity(part: str, name: str) -> Callable[[Any], bool]:
    prefix, text = _split(part)
    number, _, unit = text.partition("|")
    system, _, code = unit.rpartition("|")
    if not _NUMBER.match(number):
        raise Rejected(issue("API-005", at=name))
    try:
        asked = Decimal(number)
    except InvalidOperation:
        raise Rejected(issue("API-005", at=name)) from None
    exponent = asked.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > 30:
        raise Rejected(issue("API-005", at=name))
    # 5.4 means anything that rounds to it: from 5.35 up to 5.45.
    margin = abs(asked) / 10 if prefix == "ap" else Decimal(5).scaleb(exponent - 1)

    def test(value: Any) -> bool:
        if not isinstance(value, dict) or not isinstance(value.get("value"), int | float | Decimal):
            return False
        if code and code not in ((value.get("code"),) if system else (value.get("code"), value.get("unit"))):
            return False
        if system and system != value.get("system"):
            return False
        held = Decimal(value["value"])
        near = asked - margin <= held < asked + margin or (prefix == "ap" and held == asked + margin)
        return {
            "eq": near, "ap": near, "ne": not near, "gt": held > asked, "sa": held > asked,
            "lt": held < asked, "eb": held < asked, "ge": held >= asked, "le": held <= asked,
        }[prefix]  # fmt: skip

    return test


def order(param: Param, resource: Resource, last: bool) -> str:
    """What a resource is sorted by: its lowest value of a parameter, or its highest when the greatest comes first; "" without one."""
    keys = [_order(param.kind, value) for value in values(param, resource)]
    return (max(keys) if last else min(keys)) if keys else ""


def _order(kind: Kind, value: Any) -> str:
    if kind == "date":
        held = _held(value)
        return held[0].isoformat() if held else ""
    if kind == "quantity":
        number = Decimal(value.get("value", 0)) if isinstance(value, dict) else Decimal(0)
        return f"{number + 10**12:032.12f}"
    if kind == "token":
        return next((code for _, code in coded(value)), "")
    if kind == "reference":
        return str(value.get("reference", "")) if isinstance(value, dict) else ""
    return folded(str(value))


def one_of(param: Param, resource: Resource) -> Sequence[str]:
    """The references ("Type/id") that a reference parameter finds in a resource."""
    return [str(value["reference"]) for value in values(param, resource) if isinstance(value, dict) and value.get("reference")]
