"""A clause of a sharing agreement as data: which classes of an organisation's data are kept back, from whom, for what purposes and on which days."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from carehub.careplan import absence
from carehub.careplan.clauses import CLOSABLE
from carehub.governance.requester import Requester


class BadAgreements(ValueError):
    """The file cannot be used; the message names the organisation and the key."""


@dataclass(frozen=True, slots=True)
class Clause:
    """id: as the agreement numbers it. classes: section keys. roles, organisations, purposes: whom it keeps them from; empty is everybody, so that a
    clause without any suspends the class. begins, ends: its first and last day in London, "YYYY-MM-DD", "" for open."""

    id: str
    classes: frozenset[str]
    roles: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    begins: str = ""
    ends: str = ""

    def in_force(self, day: str) -> bool:
        """Whether a day is one of its own, whoever reads."""
        return self.begins <= day and (not self.ends or day <= self.ends)

    def holds(self, reader: Requester, day: str, codes: Collection[str]) -> bool:
        """Whether it keeps its classes from a reader on a day. codes: all that the reader's organisation goes by; naming one of them names it."""
        meant = ((self.roles, {reader.role}), (self.organisations, codes), (self.purposes, {reader.purpose}))
        return self.in_force(day) and all(not listed or not listed.isdisjoint(told) for listed, told in meant)

    def sentence(self, organisation: str) -> str:
        """What stands in the place of what it keeps back. organisation: the name of whose data it is."""
        return absence.by_clause(self.id, organisation)


_KEYS = frozenset(("id", "classes", "roles", "organisations", "purposes", "from", "until"))


def read_clauses(rows: Any, at: str) -> tuple[Clause, ...]:
    """The clauses of an organisation's row. at: its place, for complaints. Raises BadAgreements, also for a class that does not exist: a clause that
    keeps nothing back must not look as if it did."""
    if not isinstance(rows, list):
        raise BadAgreements(f"{at}: clause must be a list of tables")
    found = tuple(_clause(row, f"{at}: clause {number + 1}") for number, row in enumerate(rows))
    ids = [clause.id for clause in found]
    if twice := next((id for id in ids if ids.count(id) > 1), ""):
        raise BadAgreements(f"{at}: clause {twice} is listed twice")
    return found


def _clause(row: Any, at: str) -> Clause:
    if not isinstance(row, dict) or (unknown := sorted(row.keys() - _KEYS)):
        raise BadAgreements(f"{at}: unknown key {unknown[0] if isinstance(row, dict) else ''}")
    if not isinstance(row.get("id"), str) or not row["id"].strip():
        raise BadAgreements(f"{at}: id is missing")
    told = {key: codes_of(row.get(key, []), f"{at}: {key}") for key in ("classes", "roles", "organisations", "purposes")}
    if any(key in row and not told[key] for key in told) or not told["classes"]:
        raise BadAgreements(f"{at}: classes must be named, and a list that is given must name somebody")
    if odd := sorted(told["classes"] - CLOSABLE):
        raise BadAgreements(f"{at}: class {odd[0]} is none of {', '.join(sorted(CLOSABLE))}")
    begins, ends = span(row, at)
    return Clause(row["id"].strip(), begins=begins, ends=ends, **told)


def codes_of(told: Any, at: str) -> frozenset[str]:
    """A list of codes. at: its place, for complaints. Raises BadAgreements for anything else."""
    if not isinstance(told, list) or not all(isinstance(one, str) and one.strip() for one in told):
        raise BadAgreements(f"{at} must be a list of codes")
    return frozenset(one.strip() for one in told)


def span(row: Mapping[str, Any], at: str) -> tuple[str, str]:
    """First and last day of a row, "" for open. Raises BadAgreements for what is no date, or an end before the beginning."""
    for key in ("from", "until"):
        if key in row and type(row[key]) is not date:
            raise BadAgreements(f"{at}: {key} must be a date")
    if "from" in row and "until" in row and row["until"] < row["from"]:
        raise BadAgreements(f"{at}: until {row['until']} is before from {row['from']}, so it would never hold")
    return row["from"].isoformat() if "from" in row else "", row["until"].isoformat() if "until" in row else ""
