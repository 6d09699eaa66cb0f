"""What a column of a table of people means to the matcher: a table of common names, and a site's own where those do not serve."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

RECORD, PERSON, EXTRA, LEFT_OUT, HOUSE, STREET = "record", "person", "extra", "", "house", "street"

# Field of identity.features.read → columns that are taken for it, folded (lower case, "_" between words). record and person are the id of the
# record and the truth. house and street make the address where no column is the address. A name of no row makes a further field of its own.
NAMES: dict[str, tuple[str, ...]] = {
    RECORD: ("record_id", "rec_id", "unique_id", "id"),
    PERSON: ("person_id", "entity_id", "cluster", "cluster_id", "truth"),
    "number": ("nhs_number", "national_id", "nhs_no", "soc_sec_id", "social_security_number", "ssn", "health_number"),
    "number_status": ("nhs_number_status", "number_status", "nhs_number_status_indicator", "nhs_number_status_code"),
    "given": ("given_name", "given", "given_names", "first_name", "firstname", "first", "forename", "forenames"),
    "middle": ("middle_name", "middle_names", "middle", "second_forename"),
    "family": ("surname", "family_name", "family", "last_name", "lastname", "last"),
    "full": ("full_name", "name"),
    "born": ("dob", "birth_date", "date_of_birth", "birthdate", "born"),
    "died": ("date_of_death", "death_date", "dod", "died", "deceased_date"),
    "sex": ("sex", "gender"),
    "postcode": ("postcode", "post_code", "postal_code", "zip", "zip_code"),
    "address": ("address", "full_address", "address_line", "street_address"),
    HOUSE: ("street_number", "house_number"),
    STREET: ("street", "street_name", "address_1", "address_line_1"),
    "phone": ("phone", "telephone", "phone_number", "telephone_number", "mobile", "mobile_number"),
    "email": ("email", "email_address", "e_mail"),
    "source": ("source", "source_dataset", "source_system", "feed"),
}
_MEANS = {name: field for field, names in NAMES.items() for name in names}
_NOT_WORDS = re.compile(r"[\W_]+")


class BadColumns(ValueError):
    """A map of columns that cannot be used, or a table without a column that is wanted; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Columns:
    """takes: field → its columns, the first that says something counts. extras: (name of the further field, column). record, person: "" for none."""

    takes: Mapping[str, tuple[str, ...]]
    extras: tuple[tuple[str, str], ...]
    record: str
    person: str

    def reader(self, without: Iterable[str] = ()) -> Callable[[Mapping[str, str]], dict[str, str]]:
        """A row → what features.read is told, without some fields."""
        out = set(without)
        pairs = [(field, columns) for field, columns in self.takes.items() if field not in out]
        extras = [(name, column) for name, column in self.extras if name not in out]

        def told(row: Mapping[str, str]) -> dict[str, str]:
            found = {field: next((row[column] for column in columns if row[column]), "") for field, columns in pairs}
            found.update((name, row[column]) for name, column in extras)
            if HOUSE in found or STREET in found:
                found["address"] = " ".join(part for part in (found.pop(HOUSE, ""), found.pop(STREET, "")) if part)
            return found

        return told


def folded(column: str) -> str:
    """ "Date of Birth" → "date_of_birth"."""
    return _NOT_WORDS.sub("_", column.strip().lower()).strip("_")


def understood(columns: Iterable[str], own: Mapping[str, str] | None = None) -> Columns:
    """What each of these columns is. own: column → field, "extra", or "" to leave it out; it stands before the table of common names."""
    own = {folded(column): field for column, field in (own or {}).items()}
    takes: dict[str, list[str]] = {}
    extras: list[tuple[str, str]] = []
    for column in columns:
        name = folded(column)
        field = own.get(name, _MEANS.get(name, EXTRA))
        if field == EXTRA:
            extras.append((f"{name}_told" if name in NAMES else name, column))
        elif field != LEFT_OUT:
            takes.setdefault(field, []).append(column)
    if "address" in takes:
        takes.pop(HOUSE, None)
        takes.pop(STREET, None)
    record, person = (takes.pop(field, [""])[0] for field in (RECORD, PERSON))
    return Columns({field: tuple(found) for field, found in takes.items()}, tuple(extras), record, person)


def own_map(path: Path) -> dict[str, str]:
    """The [columns] table of a TOML file, column = "field". BadColumns for a field that does not exist."""
    told = tomllib.loads(path.read_text(encoding="utf-8")).get("columns", {})
    for column, field in told.items():
        if field not in NAMES and field not in (EXTRA, LEFT_OUT):
            raise BadColumns(f'{path}: {column} = "{field}": a field is one of {", ".join(NAMES)}, "extra", or "" for none')
    return dict(told)
