"""The hub's own feed of who asked to be told what: each word is a message, so a rebuild hears them all again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import dumps
from carehub.governance.requester import Requester
from carehub.governance.subscription import GREETING, Notification, Subscription
from carehub.hub.own_feed import heard, of_nobody, own_adapter, word_in
from carehub.store.subscribing import Subscriptions
from carehub.terms.refs import derived_id

FEED = "subscriptions/words"


@dataclass(frozen=True, slots=True)
class Word:
    """A subscription that is asked for, or the id of one that ends. at: ISO UTC."""

    by: Requester
    at: str
    asked: Subscription | None = None
    ended: str = ""


def message_of(word: Word) -> Submission:
    """A word as the message that tells it; the same one twice is one message."""
    key = f"ended:{word.ended}" if word.ended else f"asked:{word.asked.id}" if word.asked else ""
    return Submission(FEED, dumps(word), word.at, word.by.user, key, content_type="application/json")


def _kind(message: Message) -> str:
    return "asked" if _read(message.body, message.id, message.position).asked else "ended"


def hear_words(messages: Sequence[Message], subscriptions: Subscriptions) -> None:
    """Keep what these messages ask for, and end what they end."""
    for word in heard(messages, FEED, _read):
        if word.asked:
            subscriptions.put([word.asked])
            subscriptions.post([greeting(word.asked, word.at)])
        else:
            subscriptions.set_state(word.ended, "off")


def greeting(asked: Subscription, at: str) -> Notification:
    """The first call of a subscription, asked for or taken up again at `at`, ISO UTC."""
    return Notification(derived_id("notification", asked.id, GREETING, at), asked.id, "", GREETING, at, "", "waiting", at, at)


def _read(body: bytes, message: str, position: int) -> Word:
    """Raises ValueError for what is no word."""
    word = word_in(body, Word)
    if (word.asked is None) == (not word.ended):
        raise ValueError(message)
    return word


ADAPTER = own_adapter(
    FEED,
    of_nobody(_kind),
    speaker="Who asked to be told what",
    title="Who asked to be told what",
    domain="https://carehub.example/Id/subscription-word",
    arrives="push",
    messages=("asked", "ended"),
)
