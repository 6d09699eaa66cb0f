"""The port for subscriptions, and for what waits to be told to subscribers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from carehub.governance.subscription import Notification, Standing, State, Subscription


class Subscriptions(Protocol):
    """Who wants to be told, derived from the log; and the outbox, which is not: it is written with what is noticed, and a call that was taken is
    never made for it again. Both outlive Records.clear, so that a rebuild tells nobody a second time."""

    def put(self, asked: Sequence[Subscription]) -> None:
        """Keep subscriptions as requested; one that is there stays as it stands."""

    def set_state(self, subscription: str, state: State, failed: int = 0) -> None:
        """How it stands from now on, and how many tries in a row had no answer. One that is off stays off."""

    def standing(self) -> list[Standing]:
        """All of them, in order of their id."""

    def listening(self) -> list[Subscription]:
        """Those for whom what happens is noticed: requested or active, in order of their id."""

    def post(self, notifications: Sequence[Notification]) -> None:
        """Put into the outbox; one whose id is there stays as it is."""

    def due(self, now: str, limit: int) -> list[Notification]:
        """Those that wait and are due, the oldest first: of an active subscription, and the greeting of one that is requested. now: ISO UTC."""

    def claim(self, notification: Notification, until: str) -> bool:
        """Take one to tell: nobody else has it before `until`, ISO UTC. False when somebody else took it, or told it."""

    def settle(self, notification: str, state: str) -> None:
        """It was sent, or is withheld."""
