"""Rows of a section list: what is said, whose it is, why several are shown as one, and what disagrees with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from carehub.careplan.disputes import marked
from carehub.careplan.plan import Conflict, Entry, Fact
from carehub.careplan.sections import BY_KEY
from carehub.terms.attribution import Attribution
from carehub.terms.moments import sort_key
from carehub.terms.organisations import SourceKind
from carehub.web.badges import Badge, Badges
from carehub.web.same_medicine import together

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_SEVERITY_ORDER = {"high": 0, "moderate": 1, "low": 2}
ALPHABETICAL = ("allergies", "medicines")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one statement came from. recorded, received: ISO instants or "". record: "Type/id" to see it as sent."""

    badge: Badge
    organisation: str
    author: str
    recorded: str
    received: str
    record: str


@dataclass(frozen=True, slots=True)
class Member:
    """One underlying entry, in its own words."""

    title: str
    status: str
    when: str
    facts: tuple[Fact, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One side of a disagreement."""

    badge: Badge
    organisation: str
    text: str
    recorded: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A conflict or a difference. anchor: place in its section's page, or "" for the top of it. state: how far it has come, in words."""

    heading: str
    sentence: str
    severity: str
    difference: bool
    said: tuple[Said, ...]
    section: str
    section_title: str
    anchor: str
    id: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list. section: key of its section. entries: how many entries it stands for."""

    anchor: str
    section: str
    title: str
    status: str
    active: bool
    when: str
    facts: tuple[Fact, ...]
    badges: tuple[Badge, ...]
    folded_because: str
    entries: int
    members: tuple[Member, ...]
    disagreements: tuple[Disagreement, ...]
    stated_none: bool
    labels: tuple[str, ...]

    @property
    def disputed(self) -> bool:
        """Whether a source contradicts it; a mere difference does not count."""
        return any(not found.difference for found in self.disagreements)


def status_of(entry: Entry) -> str:
    """The status in words, never blank, with the person's dispute. Of people and teams most sources say no more than that they are there."""
    return marked(entry.status or ("Named by the source" if entry.section == "care_team" else "Status not recorded"), entry)


class RowMaker:
    """Makes rows for one page: knows its badges and its conflicts."""

    def __init__(self, badges: Badges, conflicts: Sequence[Conflict]) -> None:
        self._badges = badges
        self._by_entry: dict[str, list[Disagreement]] = {}
        for conflict in conflicts:
            seen = self.disagreement(conflict)
            for key in dict.fromkeys(statement.entry for statement in conflict.statements if statement.entry):
                self._by_entry.setdefault(key, []).append(seen)

    def rows(self, entries: Iterable[Entry], *, fold: bool) -> list[Row]:
        """Rows in the order of the entries; with fold off, one row for every underlying entry."""
        shown = entries if fold else (entry for folded in entries for entry in (folded.members or (folded,)))
        rows: list[Row] = []
        seen: set[str] = set()
        for row in map(self.row, shown):
            place, number = row.anchor, 1
            while place in seen:
                number += 1
                place = f"{row.anchor}-{number}"
            seen.add(place)
            rows.append(replace(row, anchor=place))
        return rows

    def row(self, entry: Entry) -> Row:
        """One row; a folded entry carries the disagreements of each entry it stands for."""
        keys = dict.fromkeys([entry.key, *(member.key for member in entry.members)])
        disagreements = dict.fromkeys(found for key in keys for found in self._by_entry.get(key, ()))
        return Row(
            anchor=anchor(entry.key),
            section=entry.section,
            title=entry.title or "No words were sent",
            status=status_of(entry),
            active=entry.active,
            when=entry.when,
            facts=self._facts(entry),
            badges=self._badges.of_all(entry.attributions),
            folded_because=entry.folded_because,
            entries=len(entry.members) or 1,
            members=tuple(self._member(member) for member in (entry.members or (entry,))),
            disagreements=tuple(sorted(disagreements, key=lambda found: (found.difference, _SEVERITY_ORDER[found.severity]))),
            stated_none=entry.kind == "stated_none",
            labels=entry.labels,
        )

    def disagreement(self, conflict: Conflict) -> Disagreement:
        """A conflict with each side's words; nothing is settled here."""
        place = next((statement.entry for statement in conflict.statements if statement.entry), "")
        heading = BY_KEY.get(conflict.section)
        return Disagreement(
            heading="Difference between sources" if conflict.difference else "Sources disagree",
            sentence=conflict.sentence,
            severity=conflict.severity,
            difference=conflict.difference,
            said=tuple(
                Said(
                    self._badges.kind_of(statement.attribution.source),
                    statement.attribution.source.title,
                    statement.text,
                    statement.attribution.recorded,
                )
                for statement in conflict.statements
            ),
            section=heading.key if heading else "",
            section_title=heading.title if heading else "",
            anchor=anchor(place) if place else "",
            id=conflict.id,
            state=conflict.state,
        )

    def _facts(self, entry: Entry) -> tuple[Fact, ...]:
        """CUI asks for the label DOSE in capitals (MEDi-007). About me says first who says it, so that it is not taken for a record (hazard S-H31)."""
        told = tuple(Fact("DOSE" if fact.label == "Dose" else fact.label, fact.value) for fact in entry.facts if fact.value)
        if entry.section != "about_me":
            return told
        sources = dict.fromkeys(by.source for by in entry.attributions)
        written = "; ".join(
            self._badges.person
            if by.kind is SourceKind.PERSON
            else f"{by.title}, as it wrote it down; not the person’s own words unless it says so"
            for by in sources
        )
        return (Fact("Said by", written), *told)

    def _member(self, entry: Entry) -> Member:
        return Member(
            title=entry.title or "No words were sent",
            status=status_of(entry),
            when=entry.when,
            facts=self._facts(entry),
            origins=tuple(self.origin(attribution) for attribution in entry.attributions),
        )

    def origin(self, attribution: Attribution) -> Origin:
        """An attribution as the reader sees it."""
        return Origin(
            badge=self._badges.kind_of(attribution.source),
            organisation=attribution.source.title,
            author=attribution.author,
            recorded=attribution.recorded,
            received=attribution.received,
            record=attribution.record,
        )


def anchor(key: str) -> str:
    """The id of an entry's row in the page."""
    return "entry-" + _UNSAFE.sub("-", key)


def in_order(section: str, entries: Iterable[Entry]) -> list[Entry]:
    """Allergies and medicines by name (CUI ADR-0006), medicines that may be one beside each other; the rest newest first; entries without a date come last."""
    if section == "medicines":
        return together(entries)
    if section in ALPHABETICAL:
        return sorted(entries, key=lambda entry: (entry.title.casefold(), entry.key))
    return sorted(entries, key=lambda entry: sort_key(entry.when), reverse=True)


def order_words(section: str) -> str:
    """The order, as the page states it (hazard of CUI PLI116: order not stated)."""
    if section == "medicines":
        return "In alphabetical order, with names that may be of one medicine together"
    return "In alphabetical order" if section in ALPHABETICAL else "Newest first"
