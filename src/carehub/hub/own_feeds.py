"""The feeds in which the hub speaks to itself. A hub has them whatever adapters a site loads: their messages are in the log and are mapped for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from carehub.feeds.message import Message
from carehub.hub import (
    about_me_feed,
    action_feed,
    agreements_feed,
    conflict_feed,
    disposal_feed,
    dispute_feed,
    emergency_feed,
    hold_feed,
    note_feed,
    pds_feed,
    proposals_feed,
    rules_feed,
    rulings_feed,
    subscription_feed,
)
from carehub.store.ports import Records, Store

OWN = (
    pds_feed.ADAPTER,
    rulings_feed.ADAPTER,
    conflict_feed.ADAPTER,
    about_me_feed.ADAPTER,
    action_feed.ADAPTER,
    rules_feed.ADAPTER,
    subscription_feed.ADAPTER,
    emergency_feed.ADAPTER,
    agreements_feed.ADAPTER,
    dispute_feed.ADAPTER,
    note_feed.ADAPTER,
    hold_feed.ADAPTER,
    disposal_feed.ADAPTER,
    proposals_feed.ADAPTER,
)


_FIRST = (agreements_feed.FEED, dispute_feed.FEED)


class Heard(NamedTuple):
    """The message of a word, and whether it is in effect; else it will be once what came before it is read."""

    message: str
    in_effect: bool


def hear(messages: Sequence[Message], store: Store) -> None:
    """Keep at once what people said in these messages: what it hides or says is read so before the lane comes to it."""
    rulings_feed.hear_reports(messages, store.links)
    conflict_feed.hear_steps(messages, store.steps)
    subscription_feed.hear_words(messages, store.subscriptions)


def heard_first(records: Records) -> list[str]:
    """The messages that say who may see what: a rebuild hears them before anything that they keep back can be shown again."""
    return [outcome.message for feed in _FIRST for outcome in records.unsettled("accepted", 0, 100_000, feed)]
