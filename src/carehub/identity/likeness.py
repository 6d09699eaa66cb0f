"""Who a description of a person would be linked with, if a source sent it: the lane's own decision about it, made and not kept."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from carehub.identity import linking
from carehub.identity.demographics import Demographics
from carehub.identity.links import Link, MatchResult
from carehub.identity.network import LaneReads
from carehub.identity.scales import Scales

DESCRIBED = "~described"
"""Stands for the record in the lane: no record has such an id."""

# So many bits are as good as certain; beyond them a probability is only noughts or nines.
_MOST_BITS = 60.0
_UNWEIGHED = 0.5


class Grade(StrEnum):
    """How sure, after http://terminology.hl7.org/CodeSystem/match-grade. CERTAIN: the lane would link without asking, and move nobody by it.
    PROBABLE: it would ask although enough agrees, or link and thereby move somebody. POSSIBLE: it would ask."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


class Likeness(NamedTuple):
    """How like a person is. score: 0 to 1, the probability that the weighed evidence gives; where nothing was weighed 1 for what the rules are
    certain of, else a half. rule: of rules.RULES or decision.SENTENCES."""

    grade: Grade
    score: float
    rule: str


def likenesses(says: Demographics, lane: LaneReads, scales: Scales | None) -> dict[str, Likeness]:
    """Every person that the lane would put a record that says this with, or ask a steward about: person → likeness, the most likely first.

    lane: held, so that it does not move meanwhile; nothing is written. Whoever the description would move is never certain: two persons that only it
    would join are both probable, and which of them is meant is not said.
    """
    settled = linking.settle([linking.Touched(DESCRIBED, says)], [], lane, scales=scales)
    link = next(one for one in settled.links if one.patient == DESCRIBED)
    stood = {p: member.person for p, member in lane.members(m.patient for m in settled.members if m.patient != DESCRIBED).items()}
    moved = {stood[m.patient] for m in settled.members if m.patient in stood and stood[m.patient] != m.person}
    found: dict[str, Likeness] = {}
    doubts = [(one.b if one.a == DESCRIBED else one.a, one) for one in settled.reviews if DESCRIBED in (one.a, one.b)]
    homes = {p: member.person for p, member in lane.members(other for other, _ in doubts).items()}
    for other, doubt in doubts:
        enough = scales is not None and doubt.total is not None and doubt.total >= scales.settings.zones.auto
        grade = Grade.PROBABLE if enough else Grade.POSSIBLE
        bits = doubt.total if doubt.total is not None else _bits(says, homes[other], lane, scales)
        _keep(found, homes[other], Likeness(grade, _probability(bits, _UNWEIGHED), doubt.rule))
    if DESCRIBED not in settled.founders and link.result is MatchResult.MATCH:
        grade = Grade.PROBABLE if moved else Grade.CERTAIN
        _keep(found, link.person, _linked(says, link, grade, lane, scales))
    for person in moved:
        _keep(found, person, _linked(says, link, Grade.PROBABLE, lane, scales, person))
    return dict(sorted(found.items(), key=lambda one: (_ORDER[one[1].grade], -one[1].score, one[0])))


_ORDER: Mapping[Grade, int] = {grade: place for place, grade in enumerate(Grade)}


def _keep(found: dict[str, Likeness], person: str, told: Likeness) -> None:
    held = found.get(person)
    if held is None or (_ORDER[told.grade], -told.score) < (_ORDER[held.grade], -held.score):
        found[person] = told


def _linked(says: Demographics, link: Link, grade: Grade, lane: LaneReads, scales: Scales | None, person: str = "") -> Likeness:
    bits = link.total if link.total is not None and not person else _bits(says, person or link.person, lane, scales)
    return Likeness(grade, _probability(bits, 1.0 if grade is Grade.CERTAIN else _UNWEIGHED), link.rule)


def _bits(says: Demographics, person: str, lane: LaneReads, scales: Scales | None) -> float | None:
    """With the record of the person that agrees most; None without scales."""
    if scales is None:
        return None
    mine = scales.read(DESCRIBED, says)
    return max((scales.pair(mine, scales.read(m.patient, m.demographics))[1] for m in lane.of_persons([person])), default=None)


def _probability(bits: float | None, unweighed: float) -> float:
    if bits is None:
        return unweighed
    return float(round(1 / (1 + 2 ** -max(-_MOST_BITS, min(_MOST_BITS, bits))), 4))
