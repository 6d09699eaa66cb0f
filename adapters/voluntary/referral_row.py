"""One row of a referral list. The columns follow the headings of the PRSB Social Prescribing standard v1.1 (README.md)."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.feeds.formats.tables import Row, key

# Without these four a row cannot be filed, so a table without them is not a referral list.
REQUIRED = ("Organisation", "Referral ID", "Updated", "Status")
# Every column that is read, and the other names it goes by.
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


@dataclass(frozen=True, slots=True)
class Referral:
    """The cells of a row, "" for an empty cell or an absent column. has_what_matters, has_notes: the table has such a column at all."""

    organisation: str
    referral: str
    updated: str
    status: str
    consent: str
    nhs_number: str
    name: str
    family: str
    given: str
    born: str
    postcode: str
    phone: str
    referrer: str
    what_matters: str
    notes: str
    has_what_matters: bool
    has_notes: bool


def referral(row: Row) -> Referral:
    """The row as a Referral."""
    cells = {field: _seen(row.text(*names)) for field, names in COLUMNS.items()}
    has = {field: any(row.header.has(name) for name in COLUMNS[field]) for field in ("what_matters", "notes")}
    return Referral(**cells, has_what_matters=has["what_matters"], has_notes=has["notes"])


def unread_columns(row: Row) -> list[int]:
    """Columns, counted from 1, that are not read and in which this row says something. A second name for a column counts, if it differs."""
    unread = [place for place in row.header.unknown(_KNOWN) if row.cells[place - 1]]
    for names in COLUMNS.values():
        told = row.text(*names)
        places = [row.header.places[key(name)] for name in names if row.header.has(name)]
        unread += [place + 1 for place in places[1:] if row.cells[place] not in ("", told)]
    return sorted(unread)


def _seen(cell: str) -> str:
    """The cell, or "" where it holds nothing but marks that nobody sees (a byte order mark between blanks)."""
    return cell if cell.strip("\ufeff\u200b\u200c\u200d\u2060 ") else ""
