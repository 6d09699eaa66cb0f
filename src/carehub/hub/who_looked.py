"""Who looked at a person's record, and who tried: what the audit trail says, newest first. Looking at it is itself written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from carehub.fhir.canonical import loads
from carehub.fhir.resource import Resource
from carehub.governance.audit import Seen, nameless, seen
from carehub.governance.decision import decide
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.store.ports import Links
from carehub.store.stored import AuditRow
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue

T = TypeVar("T")
MOST = 5000
"""So many of the newest entries are looked through."""


@dataclass(frozen=True, slots=True)
class Look:
    """One entry. id: of its AuditEvent. at: ISO UTC. name: "" where the reader is not told names. role, purpose: codes. what: what was opened.
    changed: something was said or done, not only read."""

    id: str
    at: str
    name: str
    role: str
    organisation: str
    purpose: str
    what: str
    refused: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be listed; "" for all. first, last: days, YYYY-MM-DD in UTC, both included. organisation: as shown. purpose: a code."""

    first: str = ""
    last: str = ""
    organisation: str = ""
    purpose: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Looks:
    """person: as the hub calls them now. looks: those asked for, newest first. all: how many entries there are, of how many people, and since when
    (ISO UTC, "" for none). more: older entries than were looked through. named: whether the reader is told names. organisations, purposes: that
    occur."""

    person: str
    looks: tuple[Look, ...]
    all: int
    people: int
    since: str
    more: bool
    named: bool
    organisations: tuple[str, ...]
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhoLooked:
    """The verb, over a hub."""

    hub: Hub

    def at(self, requester: Requester, person: str, asked: Asked) -> Disclosed[Looks]:
        """Entries about the person, under every id that the hub had for the records that are theirs now. Names are told to roles that policy lets
        see them, to the others organisation and role. Raises Refused, Missing for an unknown person, StoreBusy."""
        return self._told(requester, person, partial(self._looks, asked=asked))

    def events(self, requester: Requester, person: str, asked: Asked) -> Disclosed[tuple[Resource, ...]]:
        """Those that `at` lists as the AuditEvents that were written down, without names where the reader is told none. Raises as `at`."""
        return self._told(requester, person, partial(self._events, asked=asked))

    def _told(self, requester: Requester, person: str, told: Callable[..., T]) -> Disclosed[T]:
        current = self.hub.store.links.current_person(person) or person
        named = decide(requester, "see_who_looked_by_name", current, self.hub.disclosing.policy).permitted
        return self.hub.disclosing.identity(requester, "see_who_looked", [current], "who looked", lambda: told(current, named=named))

    def _rows(self, person: str) -> list[AuditRow]:
        """Newest first."""
        return sorted(
            {row for one in ids_of(person, self.hub.store.links) for row in self.hub.store.audit.about(one, MOST)},
            key=_newest,
            reverse=True,
        )

    def _events(self, person: str, *, asked: Asked, named: bool) -> tuple[Resource, ...]:
        events = [(row, loads(row.event)) for row in self._rows(person)[:MOST]]
        listed = (event for row, event in events if _is_asked(_look(row, seen(event), named=False), asked))
        return tuple(event if named else nameless(event) for event in listed)

    def _looks(self, person: str, *, asked: Asked, named: bool) -> Looks:
        rows = self._rows(person)
        entries = [(row, seen(loads(row.event))) for row in rows[:MOST]]
        looks = [_look(row, entry, named=named) for row, entry in entries]
        return Looks(
            person=person,
            looks=tuple(look for look in looks if _is_asked(look, asked)),
            all=len(looks),
            people=len({entry.user for _, entry in entries}),
            since=looks[-1].at if looks else "",
            more=len(rows) >= MOST,
            named=named,
            organisations=tuple(sorted({look.organisation for look in looks})),
            purposes=tuple(sorted({look.purpose for look in looks})),
        )


def ids_of(person: str, links: Links) -> Iterator[str]:
    """The person's id, and each that their records had before. Raises Missing for a person of whom nothing is held."""
    patients = [link.patient for link in links.links_of(person)]
    if not patients:
        raise Missing(issue("API-003"))
    former = {link.person for patient in patients for _, _, link in links.history(patient)} - {person}
    yield person
    yield from (one for one in sorted(former) if links.current_person(one) == person)


def _newest(row: AuditRow) -> tuple[str, str]:
    return row.at, row.id


def _look(row: AuditRow, entry: Seen, *, named: bool) -> Look:
    name = entry.name if named else ""
    return Look(row.id, row.at, name, entry.role, entry.organisation, entry.purpose, entry.what, entry.refused, entry.changed)


def _is_asked(look: Look, asked: Asked) -> bool:
    day = look.at[:10]
    return (
        (not asked.first or day >= asked.first)
        and (not asked.last or day <= asked.last)
        and asked.organisation in ("", look.organisation)
        and asked.purpose in ("", look.purpose)
        and (look.refused or not asked.refused)
    )
