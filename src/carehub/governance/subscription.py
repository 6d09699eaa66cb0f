"""A subscription: who wants to be told, by a call, that something happened to a person or that a feed is late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from carehub.governance.requester import Requester

Topic = Literal["admitted", "discharged", "died", "conflict-opened", "feed-late"]
Payload = Literal["empty", "id-only"]
State = Literal["requested", "active", "error", "off"]

TOPICS: dict[Topic, str] = {
    "admitted": "A hospital stay began.",
    "discharged": "A hospital stay ended.",
    "died": "A death was reported by enough sources to be confirmed.",
    "conflict-opened": "Sources began to disagree.",
    "feed-late": "A feed has not brought what was due.",
}
ADDRESS = "https://carehub.example/SubscriptionTopic/"
"""What the canonical address of a topic begins with."""
GREETING = "handshake"
"""The key of the notification with which a subscription begins: it tells nothing but that it is there."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """id: given when it was asked for. by: who asked, in whose role every single notification is decided.

    person: the Patient id it is about, a person's or a source's; or caseload: the code of the requester's organisation, for everybody of whom that
    organisation holds a record by any code it goes by; both "" for a feed that is late. endpoint: the address that is called. payload: what a
    notification names. at, end: from and until when, ISO UTC; end "" for open. why: the reason given, in the requester's words.
    """

    id: str
    by: Requester
    topic: Topic
    person: str
    caseload: str
    endpoint: str
    payload: Payload
    at: str
    end: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription as it stands. state: requested until its endpoint answered once; error once it stopped answering; off when it was ended.

    sent: notifications that were taken. waiting: those that were not, yet. failed: tries in a row without an answer.
    """

    subscription: Subscription
    state: State
    sent: int = 0
    waiting: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing to tell one subscriber. id: the same however often it is noticed. key, stamp: which occurrence (careplan.occurrences). focus: what it
    is about, "Encounter/…"; "" when nothing has an id. state: waiting, sent; known: not to be told; withheld: no longer the subscriber's to see.
    at: when it was noticed; due: not before then; both ISO UTC. attempts: tries so far.
    """

    id: str
    subscription: str
    person: str
    key: str
    stamp: str
    focus: str
    state: Literal["waiting", "sent", "known", "withheld"]
    at: str
    due: str
    attempts: int = 0
