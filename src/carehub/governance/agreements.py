"""Data-sharing agreements as data: a plain file that a site edits. Which organisations there are, whether they are connected, and what was agreed when."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from carehub.careplan.known_services import KnownService
from carehub.governance.clauses import BadAgreements, Clause, codes_of, read_clauses, span
from carehub.governance.requester import Requester
from carehub.terms.organisations import SourceKind


@dataclass(frozen=True, slots=True)
class SharingAgreement:
    """One organisation and what was agreed with it. connected: whether carehub has a feed of it, which adapter brings.

    agreed: whether it may be shown; None where nobody was asked. begins, ends: first and last day of the agreement, "YYYY-MM-DD", "" for open.
    everyone: it is told of in every record, else only where a record names it. clauses: what of it is kept back from whom. version, basis: of the
    agreement, and its legal basis, in words. also: other codes that it goes by, such as the one that its staff sign in with.
    """

    code: str
    name: str
    kind: SourceKind
    connected: bool
    agreed: bool | None
    begins: str = ""
    ends: str = ""
    adapter: str = ""
    everyone: bool = True
    clauses: tuple[Clause, ...] = ()
    version: str = ""
    basis: str = ""
    also: frozenset[str] = frozenset()

    def in_force(self, day: str) -> bool:
        """Whether what it sends may be shown on a day, "YYYY-MM-DD" in London."""
        return bool(self.agreed) and self.begins <= day and (not self.ends or day <= self.ends)

    def on(self, day: str) -> KnownService:
        """How it stands on a day. A known refusal is told before a missing connection; an organisation nobody asked is only not connected."""
        asked = self.agreed is not None
        state = "no_agreement" if asked and not self.in_force(day) else "" if self.connected else "not_connected"
        return KnownService(self.code, self.name, self.kind, state, self.adapter, self.everyone, self.also)

    def kept_back(self, reader: Requester, day: str, codes: Collection[str]) -> dict[str, str]:
        """Section key to the sentence of the first clause that keeps it back from a reader on a day. codes: what the reader's organisation goes by."""
        found: dict[str, str] = {}
        for clause in self.clauses:
            if clause.holds(reader, day, codes):
                found |= {key: clause.sentence(self.name) for key in clause.classes if key not in found}
        return found


class KnownAs(NamedTuple):
    """What a reader's organisation goes by. codes: its own and those that a site lists beside it. names: casefolded."""

    codes: frozenset[str]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Agreements:
    """All of a site's. unlisted: whether a source that the file does not name is shown. relationship: whether who reads for direct care must stand in a
    relationship with the person (governance.relationship). days_after: for so many days after its end a relationship still counts. text: the file."""

    listed: tuple[SharingAgreement, ...] = ()
    unlisted: bool = True
    text: str = field(default="", compare=False, repr=False)
    relationship: bool = False
    days_after: int = 0

    def may_show(self, code: str, day: str) -> bool:
        """Whether what an organisation sent, under any code it goes by, may be shown on a day."""
        held = self.of(code)
        return held.in_force(day) if held else self.unlisted

    def kept_back(self, code: str, reader: Requester, day: str) -> dict[str, str]:
        """What of an organisation's data is kept back from a reader on a day: section key to the sentence that names the clause."""
        held = self.of(code)
        return held.kept_back(reader, day, self.codes_of(reader.organisation)) if held else {}

    def known_as(self, reader: Requester) -> KnownAs:
        """What the organisation of a reader goes by, as it signed in and as the site lists it."""
        row = self.of(reader.organisation)
        named = {reader.organisation_name, row.name} if row else {reader.organisation_name}
        return KnownAs(self.codes_of(reader.organisation), frozenset(name.strip().casefold() for name in named) - {""})

    def codes_of(self, code: str) -> frozenset[str]:
        """Every code of the organisation that goes by a code, that one too; none for ""."""
        row = self.of(code)
        return frozenset({code, row.code, *row.also} if row else {code}) - {""}

    def of(self, code: str) -> SharingAgreement | None:
        """The agreement with the organisation that goes by a code; None where it is not listed."""
        return next((one for one in self.listed if code == one.code or code in one.also), None)

    def known(self, day: str) -> tuple[KnownService, ...]:
        """Every organisation as it stands on a day, in the order of the file."""
        return tuple(one.on(day) for one in self.listed)


_KEYS = frozenset(
    ("code", "name", "kind", "connected", "agreement", "from", "until", "adapter", "shown_for", "clause", "version", "basis", "also")
)
_REQUIRED: Mapping[Any, bool] = {"required": True, "not asked": False}
_LONGEST_AFTER = 92
_ANSWERS: Mapping[Any, bool | None] = {"yes": True, "no": False, "not asked": None}


def read(text: str, *, where: str) -> Agreements:
    """The text of the file. where: its name, for complaints. Raises BadAgreements: nothing has a default that would show more than was agreed."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadAgreements(f"{where}: not TOML: {error}") from error
    rows = told.pop("organisation", [])
    unlisted = told.pop("unlisted", None)
    if unlisted not in ("shown", "not shown"):
        raise BadAgreements(f'{where}: unlisted must be "shown" or "not shown"')
    asked, after = told.pop("relationship", None), told.pop("relationship_days_after", 0)
    if asked not in _REQUIRED:
        raise BadAgreements(f'{where}: relationship must be "required" or "not asked"')
    if type(after) is not int or not 0 <= after <= _LONGEST_AFTER or (after and not _REQUIRED[asked]):
        raise BadAgreements(f"{where}: relationship_days_after must be 0 to {_LONGEST_AFTER} days, where relationship is required")
    if told or not isinstance(rows, list):
        raise BadAgreements(f"{where}: unknown key {next(iter(told), 'organisation')}")
    listed = tuple(_organisation(row, f"{where}: organisation {number + 1}") for number, row in enumerate(rows))
    codes = [code for one in listed for code in (one.code, *one.also)]
    twice = next((code for code in codes if codes.count(code) > 1), "")
    if twice:
        raise BadAgreements(f"{where}: {twice} is listed twice")
    return Agreements(listed, unlisted == "shown", text, _REQUIRED[asked], after)


def _organisation(row: Any, at: str) -> SharingAgreement:
    if not isinstance(row, dict) or (unknown := sorted(row.keys() - _KEYS)):
        raise BadAgreements(f"{at}: unknown key {unknown[0] if isinstance(row, dict) else ''}")
    for key in ("code", "name", "kind"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise BadAgreements(f"{at}: {key} is missing")
    if row["kind"] not in {kind.value for kind in SourceKind}:
        raise BadAgreements(f"{at}: kind {row['kind']} is none of {', '.join(kind.value for kind in SourceKind)}")
    if not isinstance(row.get("connected"), bool):
        raise BadAgreements(f"{at}: connected must be true or false")
    if row.get("agreement") not in _ANSWERS:
        raise BadAgreements(f'{at}: agreement must be "yes", "no" or "not asked"')
    if row.get("shown_for", "everyone") not in ("everyone", "known"):
        raise BadAgreements(f'{at}: shown_for must be "everyone" or "known"')
    for key in ("version", "basis"):
        if key in row and not isinstance(row[key], str):
            raise BadAgreements(f"{at}: {key} must be text")
    begins, ends = span(row, at)
    return SharingAgreement(
        code=row["code"].strip(),
        name=row["name"].strip(),
        kind=SourceKind(row["kind"]),
        connected=row["connected"],
        agreed=False if row["connected"] and row["agreement"] == "not asked" else _ANSWERS[row["agreement"]],
        begins=begins,
        ends=ends,
        adapter=str(row.get("adapter", "")),
        everyone=row.get("shown_for", "everyone") == "everyone",
        clauses=read_clauses(row.get("clause", []), at),
        version=row.get("version", ""),
        basis=row.get("basis", ""),
        also=codes_of(row.get("also", []), f"{at}: also"),
    )
