"""What may be said in a span: the one list. Words are of closed lists, numbers are counts; whatever else it is given is left out and counted."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from carehub.api.route_templates import METHODS, OTHER
from carehub.feeds.message import VERDICTS
from carehub.governance.policy import Action
from carehub.hub.spans import Fact
from carehub.terms.issue_catalogue import CATALOGUE

WORDS: Mapping[str, tuple[str, frozenset[str]]] = {
    "route": ("http.route", frozenset()),
    "method": ("http.request.method", METHODS | {OTHER}),
    "status": ("carehub.status", frozenset(f"{first}xx" for first in range(1, 6))),
    "feed": ("carehub.feed", frozenset()),
    "action": ("carehub.action", frozenset(get_args(Action))),
    "verdict": ("carehub.verdict", frozenset({"permitted", "refused"})),
    "number": ("carehub.number", frozenset(CATALOGUE)),
    "queue": ("carehub.queue", frozenset({"map", "identity", "assemble", "notify"})),
}
"""Fact to its attribute, and the words it may have. Routes and feeds are learned: routes as they are declared, feeds as the adapters name them."""

COUNTS: Mapping[str, str] = {
    name: f"carehub.{name}" for name in ("submissions", "messages", *VERDICTS, "bugs", "waiting", "persons", "failed", "notifications")
}
"""Fact to its attribute. A whole number."""

NUMBERS, ERROR, MORE = ("numbers", "carehub.numbers"), ("error", "error.type"), ("more", "carehub.more")
"""Numbers of the catalogue; the class of an error; yes or no."""

ATTRIBUTES = frozenset({*(name for name, _ in WORDS.values()), *COUNTS.values(), NUMBERS[1], ERROR[1], MORE[1]})
"""Every attribute that a span of carehub can have."""

MOST = 999_999_999
"""No count is more: an NHS number has ten digits."""

Told = str | int | bool | Sequence[str]


class Allowed:
    """The list, with the routes and feeds of this process."""

    def __init__(self) -> None:
        self._words = {fact: words for fact, (_, words) in WORDS.items()}
        self._lock = threading.Lock()
        self.refused = 0
        """How many facts were left out."""

    def learn(self, fact: str, words: Iterable[str]) -> None:
        """More words of a fact. Raises KeyError for a fact that has no words, ValueError for one whose words are fixed."""
        if WORDS[fact][1]:
            raise ValueError(fact)
        with self._lock:
            self._words[fact] |= frozenset(words)

    def sifted(self, facts: Mapping[str, Fact]) -> dict[str, Told]:
        """The attributes that may be told of these facts."""
        told: dict[str, Told] = {}
        for fact, value in facts.items():
            found = self._attribute(fact, value)
            if found is None:
                with self._lock:
                    self.refused += 1
            else:
                told[found[0]] = found[1]
        return told

    def _attribute(self, fact: str, value: Fact) -> tuple[str, Told] | None:
        if fact in self._words:
            return (WORDS[fact][0], value) if isinstance(value, str) and value in self._words[fact] else None
        if fact in COUNTS:
            return (COUNTS[fact], value) if type(value) is int and 0 <= value <= MOST else None
        if fact == NUMBERS[0]:
            given = list(value) if isinstance(value, list | tuple) else [value]
            known = [one for one in given if isinstance(one, str) and one in CATALOGUE]
            return (NUMBERS[1], known) if isinstance(value, list | tuple) and len(known) == len(given) else None
        if fact == MORE[0]:
            return (MORE[1], value) if isinstance(value, bool) else None
        if fact == ERROR[0]:
            return (ERROR[1], value.__name__) if isinstance(value, type) and issubclass(value, BaseException) else None
        return None
