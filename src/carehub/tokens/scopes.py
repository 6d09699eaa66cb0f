"""SMART App Launch 2.2 scopes for data: what one covers, and which of those asked for are given. They narrow what policy allows, and never widen it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Context = Literal["patient", "user", "system"]

_SCOPE = re.compile(r"^(patient|user|system)/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?|read|write|\*)$")
# Version 1, as SMART App Launch 2.2 says it in the words of version 2.
_VERSION_1 = {"read": "rs", "write": "cud", "*": "cruds"}
LAUNCH = frozenset({"launch", "launch/patient"})
"""Scopes that ask for a person to be known when the app starts."""


@dataclass(frozen=True, slots=True)
class Covering:
    """context: whose records; type: a resource type, or "*"; letters: of "cruds"."""

    context: str
    type: str
    letters: str

    def holds(self, other: Covering) -> bool:
        """Whether it covers all that the other does."""
        return self.context == other.context and self.type in ("*", other.type) and set(other.letters) <= set(self.letters)


def parse(word: str) -> Covering | None:
    """One scope; None for what is none, and for one with a query (`?category=…`), which is never given because nothing here would hold it to that."""
    match = _SCOPE.match(word)
    letters = _VERSION_1.get(match[3], match[3]) if match else ""
    return Covering(match[1], match[2], letters) if match and letters else None


def granted(asked: str, registered: str, contexts: Iterable[Context]) -> tuple[str, ...]:
    """The scopes of `asked` that the client is registered for, in the order asked: data scopes wholly covered by one of its own, in these
    contexts, and launch scopes. Others are left out, as OAuth allows (RFC 6749 section 3.3)."""
    own = registered.split()
    held = [scope for word in own if (scope := parse(word)) is not None and scope.context in set(contexts)]
    launches = LAUNCH & set(own) if "patient" in contexts or "user" in contexts else frozenset()
    words = dict.fromkeys(asked.split())
    return tuple(word for word in words if word in launches or ((one := parse(word)) is not None and any(mine.holds(one) for mine in held)))


def reach(scopes: Iterable[str], type_: str, letters: str) -> Context | None:
    """The widest context in which these scopes cover all these letters of a type ("*" for any type); None when they do not."""
    found = {
        scope.context
        for word in scopes
        if (scope := parse(word)) is not None and scope.type in ("*", type_) and set(letters) <= set(scope.letters)
    }
    order: tuple[Context, ...] = ("system", "user", "patient")
    return next((context for context in order if context in found), None)
