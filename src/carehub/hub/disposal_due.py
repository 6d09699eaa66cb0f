"""Whose records can be disposed of now, and why others' cannot. Only read here.

A person goes as a whole or not at all: a record alone may be what other records of the person are linked by, or what the person's id comes from, so a
rebuild without it could give the rest another id, or part it. For the same reason nobody goes who is bound to somebody else's records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from carehub.hub.deciding import as_stored
from carehub.hub.disposal_feed import Leaving
from carehub.hub.holds_standing import Hold, every_hold
from carehub.hub.retaining import Retaining
from carehub.hub.rules_in_force import in_force
from carehub.identity.bearers import doubted
from carehub.identity.features import Features
from carehub.identity.links import Member
from carehub.identity.near_keys import CAP
from carehub.identity.scales import Scales
from carehub.store.ports import Lane
from carehub.store.stored import MapOutcome

WHY = {
    "kept": "another record of the same person is not due yet",
    "held": "a legal hold stands over a record of the person",
    "late": "the person's record is being brought up to date",
    "changed": "the person's records, or the messages about them, are not those that were proposed",
    "question": "a question, an answer, a report or a merge names one of their records",
    "said": "a dispute or a step about a conflict names one of their records",
    "near": "somebody else's record is so alike that it may be linked differently without theirs",
    "shared": "one of their messages also tells of somebody else's records",
}
"""Why somebody of whom something is due is left out, by key."""

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Found:
    """leaving: who can go, the order of their ids. left: person → key of WHY."""

    leaving: tuple[Leaving, ...]
    left: dict[str, str]

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """(class, records) of those who can go."""
        return tuple(sorted(Counter(key for one in self.leaving for key in one.classes).items()))


@dataclass(frozen=True, slots=True)
class _Looking:
    retaining: Retaining
    day: date
    holds: Sequence[Hold]
    late: Collection[str]

    def at(self, person: str) -> Leaving | str | None:
        """Who can go, or a key of WHY; None where nothing is due."""
        store = self.retaining.hub.store
        plan = as_stored(store.plans.get(person))
        if plan is None:
            return "late" if person in self.late else None
        falling = list(self.retaining.of_person(plan, self.holds, self.day))
        states = {one.state for one in falling}
        if states <= {"kept"}:
            return None
        if len(states) > 1 or "held" in states:
            return "held" if "held" in states else "kept"
        patients = tuple(sorted({one.patient.removeprefix("Patient/") for one in falling}))
        if person in self.late or {link.patient for link in store.links.links_of(person)} != set(patients):
            return "late"
        told = sorted({one for each in store.records.outcomes_of(patients).values() for one in each}, key=lambda one: one.position)
        if why := self._bound(person, patients, told):
            return why
        return Leaving(person, patients, tuple(one.class_ for one in falling), tuple(one.message for one in told))

    def _bound(self, person: str, patients: Sequence[str], told: Sequence[MapOutcome]) -> str:
        store = self.retaining.hub.store
        links, records = store.links, store.records
        asked = links.reviews(patients) or links.rulings(patients) or links.reports(patients)
        if asked or links.merges_of(patients) or links.proposals(patients):
            return "question"
        once = {link.person for patient in patients for _, _, link in links.history(patient)} - {person}
        if any(links.links_of_each(once).values()):
            return "question"
        messages = {one.message for one in told}
        if not all(set(one.patients) <= set(patients) for one in told) or self._told_elsewhere(messages):
            return "shared"
        disputes = self.retaining.hub.disclosing.disputes
        held = [f"{one.type}/{one.id}" for one in records.of_patients(patients)] if disputes else []
        if store.steps.of_patients([f"Patient/{patient}" for patient in patients]) or (
            disputes and any(disputes.of_record(record) for record in held)
        ):
            return "said"
        return "near" if self._near(set(patients)) else ""

    def _told_elsewhere(self, messages: Collection[str]) -> bool:
        """Whether another message tells of a record that these tell of, too."""
        records = self.retaining.hub.store.records
        told = set[str]().union(*records.told_by(messages).values(), records.scoped_by(messages))
        speaking = {one.message for each in records.tellings(told).values() for one in each}
        scoped = {one.message for each in records.scoped(told).values() for one in each}
        return bool((speaking | scoped) - set(messages))

    def _near(self, patients: set[str]) -> bool:
        store = self.retaining.hub.store
        scales = in_force(store.links.rules(), store.log, self.retaining.hub.scales)
        with store.links.lane() as lane:
            mine = lane.members(patients)
            near = {other for each in lane.neighbours(patients).values() for other in each}
            keys = {member.match_key for member in mine.values() if member.match_key}
            alike = {member.patient for member in lane.sharing(keys) if member.match_key in keys} if keys else set[str]()
            if (near | alike) - patients or _speaks_again(lane, mine):
                return True
            said = [scales.read(patient, member.demographics) for patient, member in mine.items()] if scales and scales.watching else []
            return bool(said and scales and doubted(said, partial(_staying, lane, scales, patients)))


def _speaks_again(lane: Lane, leaving: Mapping[str, Member]) -> bool:
    """Whether a key that too many bear to say anything would say something without them."""
    keys = {key for member in leaving.values() for key in member.near_keys}
    borne = lane.bearing(keys, CAP + 1 + len(leaving))
    return any(len(who) > CAP >= len(set(who) - leaving.keys()) for who in borne.values())


def _staying(lane: Lane, scales: Scales, leaving: Collection[str], keys: Collection[int]) -> list[Features]:
    borne = {patient for who in lane.bearing(keys, CAP + 1 + len(leaving)).values() for patient in who}
    return [scales.read(patient, member.demographics) for patient, member in sorted(lane.members(borne - set(leaving)).items())]


def can_go(retaining: Retaining, day: date, persons: Iterable[str]) -> Iterator[tuple[str, Leaving | str]]:
    """Each of these persons of whom something is due on a day: who goes, or a key of WHY."""
    hub = retaining.hub
    holds, late = every_hold(hub.store.records, hub.log), {person for person, _ in hub.store.plans.dirty(1_000_000)}
    looking = _Looking(retaining, day, holds, late)
    for person in persons:
        if (found := looking.at(person)) is not None:
            yield person, found


def still(retaining: Retaining, day: date, proposed: Sequence[Leaving]) -> Found:
    """Those of a proposal who can go now exactly as they were proposed."""
    was = {one.person: one for one in proposed}
    found = dict(can_go(retaining, day, was))
    left = {person: why for person, why in found.items() if isinstance(why, str)}
    left |= dict.fromkeys(was.keys() - found.keys(), "changed")
    left |= {person: "changed" for person, one in found.items() if isinstance(one, Leaving) and one != was[person]}
    return Found(tuple(one for one in proposed if one.person not in left), left)


def destructible(retaining: Retaining, messages: Collection[str]) -> tuple[tuple[str, ...], int]:
    """Submissions that hold nothing but these messages, others disposed of before, and words about nobody that change nobody's record; and how many of
    these messages are in others, whose bytes stay until the last of their people is due."""
    hub, mine = retaining.hub, set(messages)
    of: Counter[str] = Counter(message.submission for message in hub.log.read(mine).values())
    whole = tuple(submission for submission in sorted(of) if _all_gone(retaining, submission, mine))
    return whole, sum(number for submission, number in of.items() if submission not in whole)


def _all_gone(retaining: Retaining, submission: str, mine: set[str]) -> bool:
    store = retaining.hub.store
    receipt = retaining.hub.log.receipt(submission)
    parts = receipt.messages if receipt else ()
    for start in range(0, len(parts), _PAGE):
        others = set(parts[start : start + _PAGE]) - mine
        others -= store.disposal.marked(others)
        outcomes = store.records.outcomes(others)
        silent = all(outcomes[id].verdict == "accepted" and not outcomes[id].patients for id in others if id in outcomes)
        if len(outcomes) < len(others) or not silent or any(store.records.told_by(others).values()) or store.records.closings_of(others):
            return False
    return bool(parts)
