"""One row of a referral list. The columns follow the headings of the PRSB Social Prescribing standard v1.1 (README.md)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from carehub.feeds.formats.tables import Header, Row, key

# Without these four a row cannot be filed, so a table without them is not a referral list.
REQUIRED = ("Organisation", "Referral ID", "Updated", "Status")
# Every column that is read, in the order of Referral with its Person, and the other names it goes by.
COLUMNS: dict[str, tuple[str, ...]] = {
    "organisation": ("Organisation",),
    "referral": ("Referral ID",),
    "updated": ("Updated",),
    "status": ("Status",),
    "consent": ("Consent", "Consent to share", "Consent to sharing", "Consent status", "Consent given"),
    "nhs_number": ("NHS number", "NHS no"),
    "name": ("Name", "Person name"),
    "family": ("Last name", "Family name", "Surname"),
    "given": ("First name", "Given name", "Forename"),
    "born": ("Date of birth", "DOB"),
    "postcode": ("Postcode",),
    "phone": ("Phone", "Telephone"),
    "referrer": ("Referrer", "Referred by"),
    "what_matters": ("What matters", "What matters to me"),
    "notes": ("Notes", "Reason for referral"),
}
_KNOWN = frozenset(key(name) for names in COLUMNS.values() for name in names)


# What nobody sees: a cell of nothing else is empty (a byte order mark between blanks).
_UNSEEN = "\ufeff\u200b\u200c\u200d\u2060 "


class Person(NamedTuple):
    """Who is referred, as a row says it."""

    nhs_number: str
    name: str
    family: str
    given: str
    born: str
    postcode: str
    phone: str


class Referral(NamedTuple):
    """The cells of a row, "" for an empty cell or an absent column. has_what_matters, has_notes: the table has such a column at all."""

    organisation: str
    referral: str
    updated: str
    status: str
    consent: str
    person: Person
    referrer: str
    what_matters: str
    notes: str
    has_what_matters: bool
    has_notes: bool


_PERSON = slice(Referral._fields.index("person"), Referral._fields.index("person") + len(Person._fields))


class _Places(NamedTuple):
    """Where the columns of a header stand. read: the cells of a row, with "" behind them, to those of COLUMNS. twice: a column under several names."""

    read: Callable[[tuple[str, ...]], tuple[str, ...]]
    has: tuple[bool, bool]
    unknown: list[int]
    twice: tuple[tuple[int, tuple[int, ...]], ...]


def referral(row: Row) -> Referral:
    """The row as a Referral."""
    places = _places(row.header)
    cells = [cell if cell.isascii() or cell.strip(_UNSEEN) else "" for cell in places.read((*row.cells, ""))]
    return Referral(*cells[: _PERSON.start], Person(*cells[_PERSON]), *cells[_PERSON.stop :], *places.has)


def unread_columns(row: Row) -> list[int]:
    """Columns, counted from 1, that are not read and in which this row says something. A second name for a column counts, if it differs."""
    places, cells = _places(row.header), row.cells
    unread = [column for column in places.unknown if cells[column - 1]]
    for first, others in places.twice:
        unread += [place + 1 for place in others if cells[place] not in ("", cells[first])]
    return sorted(unread)


@lru_cache(maxsize=64)
def _places(header: Header) -> _Places:
    at = header.places
    found = {field: [at[key(name)] for name in known if key(name) in at] for field, known in COLUMNS.items()}
    return _Places(
        itemgetter(*(places[0] if places else -1 for places in found.values())),
        (bool(found["what_matters"]), bool(found["notes"])),
        header.unknown(_KNOWN),
        tuple((places[0], tuple(places[1:])) for places in found.values() if len(places) > 1),
    )
