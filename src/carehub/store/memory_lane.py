"""The identity lane and the links over dictionaries; the other half of the memory store."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from carehub.identity.links import Link, MatchResult, Member, Review, StandingMerge
from carehub.identity.proposals import Proposal
from carehub.identity.rulings import Report, Ruling, TakingBack
from carehub.store.dating import dated
from carehub.store.founding import first_free
from carehub.store.memory_proposals import MemoryProposals
from carehub.store.memory_rules import MemoryRules
from carehub.store.rules_standing import ClosedReview, RulesStanding
from carehub.store.stored import (
    Closing,
    LaneBatch,
    MapOutcome,
    Revisit,
    ScopedTelling,
    ScopeStamp,
    StoredPlan,
    StoredRecord,
    Telling,
)
from carehub.store.tally import Tally
from carehub.terms.errors import Overtaken
from carehub.terms.issue_catalogue import issue


class Kept:
    """The projections. `lock` guards every touch, `lane` is the identity lane."""

    def __init__(self, lock: threading.RLock) -> None:
        self.lock = lock
        self.lane = threading.Lock()
        self.writes = 0
        self.commits = 0
        self.reports: dict[str, Report] = {}
        self.lifted: dict[str, TakingBack] = {}
        self.clear()

    def clear(self) -> None:
        self.tellings: dict[str, dict[str, Telling]] = {}
        self.records: dict[str, StoredRecord] = {}
        self.outcomes: dict[str, MapOutcome] = {}
        self.tallies: dict[tuple[str, str, str], Tally] = {}
        self.scoped: dict[str, dict[str, ScopedTelling]] = {}
        self.closings: dict[tuple[str, str], Closing] = {}
        self.scopes: dict[str, ScopeStamp] = {}
        self.revisits: dict[tuple[str, str], Revisit] = {}
        self.position = 0
        self.rules: RulesStanding | None = None
        self.closed: dict[str, ClosedReview] = {}
        self.members: dict[str, Member] = {}
        self.near: dict[int, set[str]] = {}
        self.neighbours: dict[str, tuple[str, ...]] = {}
        self.links: dict[str, Link] = {}
        self.history: dict[str, list[tuple[int, str, Link]]] = {}
        self.reviews: dict[tuple[str, str], Review] = {}
        self.merges: dict[tuple[str, str, str], StandingMerge] = {}
        self.rulings: dict[str, Ruling] = {}
        self.proposals: dict[tuple[str, str], Proposal] = {}
        self.redirects: dict[str, str] = {}
        self.known: set[str] = set()
        self.dirt: dict[str, tuple[int, int]] = {}
        self.plans: dict[str, StoredPlan] = {}
        self.marks: dict[str, str] = {}

    def merges_of(self, patients: Iterable[str]) -> list[StandingMerge]:
        with self.lock:
            wanted = set(patients)
            found = {k: m for k, m in self.merges.items() if m.surviving in wanted or m.subsumed in wanted}
        return [found[key] for key in sorted(found)]

    def rulings_of(self, patients: Iterable[str] | None) -> list[Ruling]:
        with self.lock:
            wanted = None if patients is None else set(patients)
            found = [r for r in self.rulings.values() if wanted is None or not wanted.isdisjoint(r.named)]
        return sorted(found, key=lambda r: (r.position, r.id))


class MemoryLane(MemoryRules, MemoryProposals):
    """Lane while it is held."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._held = True

    def position(self) -> int:
        return self._kept.position

    def revisits(self, upto: int, limit: int) -> list[Revisit]:
        waiting = (r for r in self._kept.revisits.copy().values() if r.position <= upto)
        return sorted(waiting, key=lambda r: (r.position, r.message, r.patient))[:limit]

    def members(self, patients: Iterable[str]) -> dict[str, Member]:
        return {id: self._kept.members[id] for id in patients if id in self._kept.members}

    def sharing(self, keys: Iterable[str]) -> list[Member]:
        wanted = set(keys) - {""}
        found = {m.patient: m for m in self._kept.members.values() if m.match_key in wanted or not wanted.isdisjoint(m.blocking_keys)}
        return [found[id] for id in sorted(found)]

    def bearing(self, keys: Iterable[int], most: int) -> dict[int, list[str]]:
        return {key: sorted(self._kept.near[key])[:most] for key in keys if self._kept.near.get(key)}

    def neighbours(self, patients: Iterable[str]) -> dict[str, tuple[str, ...]]:
        return {id: near for id in patients if (near := self._kept.neighbours.get(id))}

    def of_persons(self, persons: Iterable[str]) -> list[Member]:
        wanted = set(persons) - {""}
        return sorted((m for m in self._kept.members.values() if m.person in wanted), key=lambda m: m.patient)

    def links(self, patients: Iterable[str]) -> dict[str, Link]:
        return {id: self._kept.links[id] for id in patients if id in self._kept.links}

    def merges(self, patients: Iterable[str]) -> list[StandingMerge]:
        return self._kept.merges_of(patients)

    def founded(self, patients: Iterable[str]) -> dict[str, int]:
        return first_free(patients, lambda persons: {person for person in persons if person in self._kept.known})

    def rulings(self, patients: Iterable[str]) -> list[Ruling]:
        return self._kept.rulings_of(patients)

    def commit(self, batch: LaneBatch) -> None:
        if not self._held:
            raise RuntimeError("the lane was let go")
        kept = self._kept
        with kept.lock:
            if batch.position < kept.position:
                raise Overtaken(issue("STORE-004"))
            for patient in batch.left:
                self._bear(kept.members.pop(patient, None), None)
            for member in batch.members:
                self._bear(kept.members.get(member.patient), member)
                kept.members[member.patient] = member
            kept.neighbours.update(batch.neighbours)
            for position, at, link in dated(batch):
                self._link(link, position, at)
            for patient in {m.patient for m in batch.members} | {link.patient for link in batch.links}:
                if patient in kept.links and patient in kept.members:
                    kept.members[patient] = replace(kept.members[patient], person=kept.links[patient].person)
            reviewed = set(batch.reviewed)
            kept.reviews = {k: r for k, r in kept.reviews.items() if reviewed.isdisjoint(k)}
            kept.reviews.update({(r.a, r.b): r for r in batch.reviews})
            kept.merges.update({(m.surviving, m.subsumed, m.message): m for m in batch.merges})
            kept.rulings.update({r.id: r for r in batch.rulings})
            kept.proposals.update({(told.a, told.b): told for told in batch.proposals})
            for emptied, other in batch.redirects:
                kept.redirects[emptied] = other
                kept.known.add(emptied)
            for revisit in batch.revisited:
                held = kept.revisits.get((revisit.message, revisit.patient))
                if held is not None and held.stamp == revisit.stamp:
                    del kept.revisits[revisit.message, revisit.patient]
            kept.commits = max(kept.commits + 1, batch.position)
            for person in batch.dirty:
                since, _ = kept.dirt.get(person, (kept.commits, 0))
                kept.dirt[person] = (since, kept.commits)
            kept.position, kept.rules = batch.position, batch.rules or kept.rules
            kept.closed.update({one.id: one for one in batch.closed})
            self._held = False

    def _bear(self, before: Member | None, now: Member | None) -> None:
        near = self._kept.near
        if before:
            for key in before.near_keys:
                near[key].discard(before.patient)
        if now:
            for key in now.near_keys:
                near.setdefault(key, set()).add(now.patient)

    def _link(self, link: Link, position: int, at: str) -> None:
        kept = self._kept
        kept.known.add(link.person)
        told = kept.history.setdefault(link.patient, [])
        if kept.links.get(link.patient) != link and all((place, was) != (position, link) for place, _, was in told):
            told.append((position, at, link))
        if link.result is MatchResult.MATCH:
            kept.links[link.patient] = link
        elif link.patient in kept.links and kept.links[link.patient].person == link.person:
            del kept.links[link.patient]


class MemoryLinks(MemoryRules, MemoryProposals):
    """Links over dictionaries."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    @contextmanager
    def lane(self) -> Iterator[MemoryLane]:
        with self._kept.lane:
            yield MemoryLane(self._kept)

    def lane_position(self) -> int:
        return self._kept.position

    def members(self, patients: Iterable[str]) -> dict[str, Member]:
        with self._kept.lock:
            return {id: self._kept.members[id] for id in patients if id in self._kept.members}

    def person_of(self, patients: Iterable[str]) -> dict[str, str]:
        with self._kept.lock:
            return {id: self._kept.links[id].person for id in patients if id in self._kept.links}

    def current_person(self, person: str) -> str | None:
        with self._kept.lock:
            seen: set[str] = set()
            while not any(link.person == person for link in self._kept.links.values()):
                seen.add(person)
                person = self._kept.redirects.get(person, "")
                if not person or person in seen:
                    return None
            return person

    def links_of_each(self, persons: Iterable[str]) -> dict[str, list[Link]]:
        with self._kept.lock:
            wanted, found = set(persons), dict[str, list[Link]]()
            for link in sorted((link for link in self._kept.links.values() if link.person in wanted), key=lambda link: link.patient):
                found.setdefault(link.person, []).append(link)
            return found

    def links_of(self, person: str) -> list[Link]:
        return self.links_of_each([person]).get(person, [])

    def history(self, patient: str) -> list[tuple[int, str, Link]]:
        with self._kept.lock:
            return list(self._kept.history.get(patient, ()))

    def reviews(self, patients: Iterable[str] | None = None) -> list[Review]:
        with self._kept.lock:
            wanted = None if patients is None else set(patients)
            return sorted(r for k, r in self._kept.reviews.items() if wanted is None or not wanted.isdisjoint(k))

    def merges_of(self, patients: Iterable[str]) -> list[StandingMerge]:
        return self._kept.merges_of(patients)

    def rulings(self, patients: Iterable[str] | None = None) -> list[Ruling]:
        return self._kept.rulings_of(patients)

    def put_reports(self, reports: Sequence[Report], lifted: Sequence[TakingBack]) -> None:
        with self._kept.lock:
            self._kept.reports.update({report.id: report for report in reports})
            self._kept.lifted.update({back.ruling: back for back in lifted})

    def reports(self, records: Iterable[str] | None = None) -> list[Report]:
        with self._kept.lock:
            wanted = None if records is None else set(records)
            found = [r for r in self._kept.reports.values() if wanted is None or r.record in wanted]
            return [replace(r, lifted=self._kept.lifted.get(r.id)) for r in sorted(found, key=lambda r: (r.position, r.id))]

    def persons(self) -> list[str]:
        with self._kept.lock:
            return sorted({link.person for link in self._kept.links.values()})

    def find(self, *, nhs_number: str = "", family_key: str = "", birth_date: str = "", postcode: str = "", limit: int = 50) -> list[str]:
        asked = {"nhs_number": nhs_number, "family_key": family_key, "birth_date": birth_date, "postcode": postcode}
        given = {field: value for field, value in asked.items() if value}
        if not given:
            return []
        with self._kept.lock:
            agreeing = (m for m in self._kept.members.values() if all(getattr(m.demographics, f) == v for f, v in given.items()))
            found = {self._kept.links[m.patient].person for m in agreeing if m.patient in self._kept.links}
        return sorted(found)[:limit]
