"""A row of the vaccination batch: its cells under the 34 national columns, and what tells rows apart."""

from __future__ import annotations

import re
from functools import lru_cache
from operator import itemgetter

from carehub.feeds.formats.tables import Columns, Header, Row, key
from carehub.terms import nhs_number

from .tables import rows

DELIMITER = "|"
REQUIRED = ("UNIQUE_ID", "UNIQUE_ID_URI", "ACTION_FLAG")
_ESCAPED = re.compile(r"\\(['\"\\])")
_NAMES = tuple(row["column"] for row in rows("vaccination_columns"))
_COLUMNS = Columns(*_NAMES)
_KNOWN = frozenset(map(key, _NAMES))


def _from(first: str, last: str) -> slice:
    """The national columns from the first to the last of these."""
    return slice(_NAMES.index(first), _NAMES.index(last) + 1)


_ALL = _from("NHS_NUMBER", "LOCATION_CODE_TYPE_URI")
# Who and which vaccination: the first columns, so that the places of these stay the same among them.
FIRST = _from("NHS_NUMBER", "ACTION_FLAG")
PERSON = _from("NHS_NUMBER", "PERSON_POSTCODE")
WHEN = _NAMES.index("DATE_AND_TIME")
SITE = _from("SITE_CODE", "SITE_CODE_TYPE_URI")
NAMED = _from("UNIQUE_ID", "ACTION_FLAG")
PROFESSIONAL = _from("PERFORMING_PROFESSIONAL_FORENAME", "PERFORMING_PROFESSIONAL_SURNAME")
RECORDED = _from("RECORDED_DATE", "PRIMARY_SOURCE")
PROCEDURE = _from("VACCINATION_PROCEDURE_CODE", "VACCINATION_PROCEDURE_TERM")
SEQUENCE = _from("DOSE_SEQUENCE", "DOSE_SEQUENCE")
PRODUCT = _from("VACCINE_PRODUCT_CODE", "VACCINE_PRODUCT_TERM")
INJECTION = _from("VACCINE_MANUFACTURER", "DOSE_UNIT_TERM")
INDICATION = _from("INDICATION_CODE", "INDICATION_CODE")
PLACE = _from("LOCATION_CODE", "LOCATION_CODE_TYPE_URI")

# The cells of a row under the national columns, in their order; "" for a column that the table does not have.
Cells = tuple[str, ...]


def cells_of(row: Row, part: slice = _ALL) -> Cells:
    """The row's cells under the national columns, without the sender's escapes: a backslash before a quotation mark."""
    cells = _COLUMNS.of(row)[part]
    if "\\" not in "".join(cells):
        return cells
    return tuple([_ESCAPED.sub(itemgetter(1), cell).strip() if "\\" in cell else cell for cell in cells])


def person_of(cells: Cells) -> str:
    """What tells the people of two rows apart: a usable NHS number, else birth date and names; "" when the row names nobody."""
    number, given, family, born, _, _ = cells[PERSON]
    if usable := nhs_number.valid(number):
        return usable
    parts = (born, family.casefold(), given.casefold())
    return "|".join(parts) if any(parts) else ""


def new_id(cells: Cells) -> str:
    """The id that a row gives to a new vaccination; "" for a row of another kind."""
    known, space, action = cells[NAMED]
    return f"{space}|{known}" if action.casefold() == "new" else ""


def unknown_columns(row: Row) -> list[int]:
    """Columns, counted from 1, that the batch does not have and in which this row says something."""
    return [column for column in _unknown(row.header) if row.cells[column - 1]]


@lru_cache(maxsize=64)
def _unknown(header: Header) -> list[int]:
    return header.unknown(_KNOWN)
