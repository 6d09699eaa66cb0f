"""The tables of the Community Services Data Set 1.6 and the names their columns go by: the national names, old and new, and the schema's.

Source: codes/csds_fields.csv, after the published column lists (DAPB1069). Names are compared without case, blanks and punctuation.
"""

from __future__ import annotations

from carehub.feeds.formats.tables import key

from .tables import rows

# table code -> title ("CYP201" -> "CYP201CareContact"); table code -> our short name of a column -> its names, compared form.
TITLES: dict[str, str] = {row["table"]: row["title"] for row in rows("csds_fields")}
NAMES: dict[str, dict[str, tuple[str, ...]]] = {code: {} for code in TITLES}
for _row in rows("csds_fields"):
    _listed = (*_row["national_names"].split("|"), *_row["schema_names"].split("|"))
    NAMES[_row["table"]][_row["key"]] = tuple(dict.fromkeys(key(name) for name in _listed if name))
KNOWN: dict[str, frozenset[str]] = {code: frozenset(n for names in columns.values() for n in names) for code, columns in NAMES.items()}
FIRST: dict[str, tuple[str, ...]] = {code: next(iter(columns.values())) for code, columns in NAMES.items()}

# What an extract from a warehouse adds to every row: who the row is about and which submission it is from.
PROVIDER = tuple(key(n) for n in ("ORGANISATION IDENTIFIER (CODE OF PROVIDER)", "ORGANISATION CODE (PROVIDER)", "OrgIDProv"))
START = tuple(key(n) for n in ("REPORTING PERIOD START DATE", "RPStartDate"))
END = tuple(key(n) for n in ("REPORTING PERIOD END DATE", "RPEndDate"))
CREATED = tuple(key(n) for n in ("DATE AND TIME DATA SET CREATED", "UPLOAD DATE TIME", "EFFECTIVE FROM"))
PATIENT = NAMES["CYP001"]["patient"]
_ADDED = frozenset((*PROVIDER, *START, *END, *CREATED, *PATIENT))


def table_code(name: str) -> str:
    """ "CYP201" from "CYP201CareContact" or "cyp201"; "" for what is no table of the data set."""
    code = name[:6].upper()
    return code if code in TITLES else ""


def table_of(columns: frozenset[str]) -> str:
    """The one table these columns (compared form) are of: it has its first column and the most of the others; "" when two fit alike."""
    scores = sorted(
        ((len(columns & known), code) for code, known in KNOWN.items() if code != "CYP000" and columns & set(FIRST[code])), reverse=True
    )
    if not scores or scores[0][0] < 2 or (len(scores) > 1 and scores[0][0] == scores[1][0]):
        return ""
    return scores[0][1]


def pick(values: dict[str, str], names: tuple[str, ...]) -> str:
    """The first filled value under these names (compared form)."""
    return next((values[name] for name in names if values.get(name)), "")


def unknown(code: str, values: dict[str, str]) -> list[str]:
    """Filled columns of a row (compared form) that the table does not have."""
    return [name for name, value in values.items() if value and name not in KNOWN[code] and name not in _ADDED]
