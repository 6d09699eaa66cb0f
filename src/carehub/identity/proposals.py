"""Pairs that a batch linkage elsewhere proposes. Each is a word to be asked about; none is ever a link by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from carehub.identity import comparison, decision, rules
from carehub.identity.links import MatchResult, Member, Review
from carehub.identity.scales import Scales

RULE = "proposed"
MOST_NAME = 60
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:+/-]*")
_VETOES = frozenset({"different-numbers", "different-deaths"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two patient records, a < b, that may be one person's. probability: from 0 to 1, as the linkage says. tool, model: what says it. by: who brought
    it (user id), at: when (ISO UTC). position: of its message in the log; of two proposals of one pair the later stands."""

    a: str
    b: str
    probability: float
    tool: str
    model: str
    by: str
    at: str
    position: int = 0

    def says(self, other: Proposal | None) -> bool:
        """Whether the other one, of the same pair, says nothing that this one does not."""
        return other is not None and (self.tool, self.model, self.probability) == (other.tool, other.model, other.probability)


def a_name(said: str) -> bool:
    """Whether this may name a tool or a model: it is shown to stewards, so it is short and plain."""
    return len(said) <= MOST_NAME and _NAME.fullmatch(said) is not None


def vetoed(a: Member, b: Member, scales: Scales | None) -> str:
    """The rule by which these two records can never be one person, "" for none: the vetoes of the lane, whatever a proposal says."""
    found = rules.judge(a.demographics, b.demographics).rule
    if found in _VETOES:
        return found
    if scales is None:
        return ""
    zones = scales.settings.zones
    return decision.veto(scales.read(a.patient, a.demographics), scales.read(b.patient, b.demographics), zones.once, zones.off)


def asked(told: Proposal, a: Member | None, b: Member | None, answered: bool, scales: Scales | None) -> Review | None:
    """The review of a proposal as things stand; None where nobody is asked: a record is gone, the two are one person already, a steward has answered
    or keeps them apart (answered), or a veto holds. a, b: its records."""
    if a is None or b is None or a.person == b.person or answered or vetoed(a, b, scales):
        return None
    return Review(told.a, told.b, MatchResult.POSSIBLE_MATCH, RULE, sentence(told), comparison.compare(a.demographics, b.demographics))


def sentence(told: Proposal) -> str:
    """Where the question comes from, for the page."""
    return (
        f"Asked because a batch linkage proposed it: {told.tool}, model {told.model}, gives {told.probability:.1%} that the two are one person's."
        " The hub's own rules do not ask about them."
    )
