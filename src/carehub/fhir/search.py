"""FHIR search parameters as they arrive, read into values: only what the Patient search serves now; anything else is refused by name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from carehub.terms import moments
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

_MAX_VALUE = 512
_SPLIT = re.compile(r"(?<!\\)((?:\\\\)*),")
_ESCAPE = re.compile(r"\\([\\,|$])")
_PREFIXED = re.compile(r"^(?:eq|ne|gt|lt|ge|le|sa|eb|ap)(?=\d)")


@dataclass(frozen=True, slots=True)
class Token:
    """A token value (https://hl7.org/fhir/R4/search.html#token). system None: any system ("code"); "": no system ("|code")."""

    system: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of one search, each given at most once, in the order they came."""

    values: tuple[tuple[str, str], ...]

    def __contains__(self, name: str) -> bool:
        return any(given == name for given, _ in self.values)

    def text(self, name: str) -> str:
        """The value with FHIR escapes removed, or "" when the parameter is absent."""
        return plain(next((value for given, value in self.values if given == name), ""))

    def tokens(self, name: str) -> tuple[Token, ...]:
        """The values of a token parameter ("system|code", "|code", "code", several with commas); () when it is absent.

        Raises Rejected(API-005) for a value without a code.
        """
        raw = next((value for given, value in self.values if given == name), "")
        found = tuple(token(part, name) for part in parts(raw)) if raw else ()
        if any(not one.code for one in found):
            raise Rejected(issue("API-005", at=name))
        return found

    def date(self, name: str) -> str:
        """A date that exists, YYYY, YYYY-MM or YYYY-MM-DD, or "" when absent. Raises Rejected: API-004 for a prefix other than eq, API-005."""
        raw = self.text(name)
        prefix = _PREFIXED.match(raw)
        if prefix and prefix[0] != "eq":
            raise Rejected(issue("API-004", at=name))
        raw = raw[2:] if prefix else raw
        if raw and not moments.valid_date(raw):
            raise Rejected(issue("API-005", at=name))
        return raw

    def count(self, default: int, most: int) -> int:
        """_count, never above `most`; `default` when absent. Raises Rejected(API-005) unless it is a whole number from 0."""
        raw = self.text("_count")
        if not raw:
            return default
        if not raw.isascii() or not raw.isdigit() or len(raw) > 9:
            raise Rejected(issue("API-005", at="_count"))
        return min(int(raw), most)


def parse_query(pairs: Iterable[tuple[str, str]], allowed: Collection[str]) -> Query:
    """Name and value pairs of a query or a form body, in order, as a Query.

    Raises Rejected: API-004 for a name that is not allowed (modifiers and chains included) or that comes twice, since leaving it out would
    answer another question than the one asked; API-005 for an empty or very long value. Issues never repeat a value or an unknown name.
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed:
            raise Rejected(issue("API-004"))
        if name in found:
            raise Rejected(issue("API-004", at=name))
        if not value.strip() or len(value) > _MAX_VALUE:
            raise Rejected(issue("API-005", at=name))
        found[name] = value.strip()
    return Query(tuple(found.items()))


def parts(raw: str) -> list[str]:
    """The values of one parameter: split at commas that no backslash escapes."""
    pieces = _SPLIT.split(raw)
    return [pieces[n] + (pieces[n + 1] if n + 1 < len(pieces) else "") for n in range(0, len(pieces), 2)]


def token(part: str, name: str) -> Token:
    """One token value. Its code is "" for any code of a system ("system|"). Raises Rejected(API-005) when it names neither."""
    bar = re.search(r"(?<!\\)(?:\\\\)*\|", part)
    system = plain(part[: bar.end() - 1]) if bar else None
    code = plain(part[bar.end() :] if bar else part).strip()
    if not code and not system:
        raise Rejected(issue("API-005", at=name))
    return Token(system, code)


def plain(raw: str) -> str:
    """A value without FHIR's escapes."""
    return _ESCAPE.sub(r"\1", raw)
