"""Link and review: what the hub believes about which patient record belongs to which person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from carehub.identity.demographics import Demographics


class MatchResult(StrEnum):
    """HAPI MDM's words."""

    MATCH = "MATCH"
    POSSIBLE_MATCH = "POSSIBLE_MATCH"
    NO_MATCH = "NO_MATCH"
    POSSIBLE_DUPLICATE = "POSSIBLE_DUPLICATE"
    REDIRECT = "REDIRECT"


class LinkSource(StrEnum):
    """AUTO: a rule said so. MANUAL: a steward ruled; rules never change it."""

    AUTO = "AUTO"
    MANUAL = "MANUAL"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One compared field: level name, and a sentence a nurse understands. Sentences name the field and how it compares; values stay in the records.
    bits: what it weighs for one person, where evidence was weighed."""

    field: str
    level: str
    sentence: str
    bits: float | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """patient (a Patient record id) belongs to person. rule: the name of the rule, with rules_version. because: one sentence. ruling: the id
    of the ruling that decided a MANUAL link. total: of a link by evidence, the bits of this record and `against`, the one of its person that it
    agrees with most; the prior is total less the evidence's bits. model: what weighed it."""

    patient: str
    person: str
    result: MatchResult
    source: LinkSource
    rule: str
    rules_version: int
    because: str
    evidence: tuple[Evidence, ...] = ()
    ruling: str = ""
    total: float | None = None
    against: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Review:
    """Two patient records that may be one person's, awaiting a steward. a < b, so a pair is one review whichever came first. total: the bits of their
    two persons, where evidence was weighed."""

    a: str
    b: str
    result: MatchResult
    rule: str
    because: str
    evidence: tuple[Evidence, ...] = ()
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A patient record as the identity lane last saw it, with the person it belongs to. near_keys: see near_keys; () where nothing is weighed."""

    patient: str
    demographics: Demographics
    match_key: str
    blocking_keys: tuple[str, ...]
    person: str
    near_keys: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StandingMerge:
    """The source's word that `subsumed` is part of `surviving` (Patient record ids), from the message at `position`, told at told_at."""

    surviving: str
    subsumed: str
    message: str
    position: int
    told_at: str
    undone: bool

    @property
    def key(self) -> tuple[str, str, str]:
        """One row for each message and pair: a message mapped again replaces what it said before."""
        return self.message, self.surviving, self.subsumed
