"""Subscriptions and their outbox over dictionaries; part of the memory store."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from carehub.governance.subscription import GREETING, Notification, Standing, State, Subscription


class MemorySubscriptions:
    """carehub.store.subscribing.Subscriptions."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._held: dict[str, Standing] = {}
        self._outbox: dict[str, Notification] = {}

    def put(self, asked: Sequence[Subscription]) -> None:
        with self._lock:
            for one in asked:
                self._held.setdefault(one.id, Standing(one, "requested"))

    def set_state(self, subscription: str, state: State, failed: int = 0) -> None:
        with self._lock:
            held = self._held.get(subscription)
            if held is not None and held.state != "off":
                self._held[subscription] = replace(held, state=state, failed=failed)

    def standing(self) -> list[Standing]:
        with self._lock:
            counted = Counter((one.subscription, one.state) for one in self._outbox.values() if one.key != GREETING)
            return [replace(self._held[id], sent=counted[id, "sent"], waiting=counted[id, "waiting"]) for id in sorted(self._held)]

    def listening(self) -> list[Subscription]:
        with self._lock:
            return [self._held[id].subscription for id in sorted(self._held) if self._held[id].state in ("requested", "active")]

    def post(self, notifications: Sequence[Notification]) -> None:
        with self._lock:
            for one in notifications:
                self._outbox.setdefault(one.id, one)

    def due(self, now: str, limit: int) -> list[Notification]:
        with self._lock:
            states = {id: held.state for id, held in self._held.items()}
            waiting = [one for one in self._outbox.values() if one.state == "waiting" and one.due <= now]
        found = [one for one in waiting if states[one.subscription] in ("active", "requested" if one.key == GREETING else "active")]
        return sorted(found, key=lambda n: (n.due, n.id))[:limit]

    def claim(self, notification: Notification, until: str) -> bool:
        with self._lock:
            held = self._outbox.get(notification.id)
            if held is None or held.state != "waiting" or held.due != notification.due:
                return False
            self._outbox[held.id] = replace(held, due=until, attempts=held.attempts + 1)
            return True

    def forget(self, persons: Iterable[str]) -> None:
        """Nothing of these persons waits to be told, or was."""
        with self._lock:
            gone = set(persons)
            self._outbox = {id: one for id, one in self._outbox.items() if one.person not in gone}

    def settle(self, notification: str, state: Any) -> None:
        with self._lock:
            self._outbox[notification] = replace(self._outbox[notification], state=state)
