"""A policy written as the matrix that a reviewer reads: a line for each role, purpose and action. A draft is read so; governance.policy runs."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import get_args

from carehub.careplan.sections import BY_KEY
from carehub.governance.policy import ROWS, Action, Row

_COLUMNS = ("role", "purpose", "action", "expected", "masked", "restricted")


class BadPolicy(ValueError):
    """The draft cannot be used; the message names the line."""


def read(text: str) -> dict[tuple[str, str], Row]:
    """A policy table from the text of a matrix (CSV, columns role, purpose, action, expected, masked, restricted). Only what it permits is permitted.

    Raises BadPolicy: for an unknown action, section or word, and where two lines of one role and purpose mask differently.
    """
    lines = csv.DictReader(text.splitlines(), strict=True)
    if tuple(lines.fieldnames or ()) != _COLUMNS:
        raise BadPolicy(f"the first line must be {','.join(_COLUMNS)}")
    titles = {row.role: row.title for row in ROWS}
    table: dict[tuple[str, str], Row] = {}
    try:
        for number, line in enumerate(lines, 2):
            row = _row(line, number, titles)
            held = table.get((row.role, row.purpose)) if row else None
            if row and held and (held.masked_sections, held.restricted) != (row.masked_sections, row.restricted):
                raise BadPolicy(f"line {number}: masks otherwise than an earlier line of this role and purpose")
            if row:
                actions = row.actions | (held.actions if held else frozenset())
                table[row.role, row.purpose] = Row(row.role, row.title, row.purpose, actions, row.masked_sections, row.restricted)
    except csv.Error as error:
        raise BadPolicy(f"not CSV: {error}") from error
    return table


def _row(line: Mapping[str | None, str | None], number: int, titles: Mapping[str, str]) -> Row | None:
    told = {column: (line.get(column) or "").strip() for column in _COLUMNS}
    if told["expected"] == "refuse" and None not in line:
        return None
    action = next((one for one in get_args(Action) if one == told["action"]), None)
    masked = frozenset(told["masked"].split())
    fits = told["expected"] == "permit" and told["restricted"] in ("", "sees") and masked <= BY_KEY.keys()
    if None in line or action is None or not fits or not told["role"] or not told["purpose"]:
        raise BadPolicy(f"line {number}: an unknown action, section or word")
    return Row(
        told["role"], titles.get(told["role"], told["role"]), told["purpose"], frozenset({action}), masked, told["restricted"] == "sees"
    )
