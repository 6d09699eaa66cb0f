"""Error class to what the worker does: the one table. A test walks the error tree and fails for a class that is in neither table."""

from __future__ import annotations

from typing import Literal

from carehub.terms.errors import (
    CarehubError,
    Missing,
    NonConformant,
    OutsideDown,
    Overtaken,
    Refused,
    Rejected,
    StoreBusy,
    Unauthenticated,
    Unavailable,
    Unmappable,
    Unreadable,
)

Recovery = Literal["retry", "dead-letter", "alarm"]

RECOVERY: dict[type[CarehubError], Recovery] = {
    CarehubError: "alarm",
    Rejected: "dead-letter",
    Unreadable: "dead-letter",
    Unmappable: "dead-letter",
    NonConformant: "dead-letter",
    Unavailable: "retry",
    StoreBusy: "retry",
    OutsideDown: "retry",
    Refused: "alarm",
    Unauthenticated: "alarm",
    Missing: "dead-letter",
    Overtaken: "retry",
}


def recovery(error: BaseException) -> Recovery:
    """What to do about an error: by its nearest class in the table; anything that is not ours is a bug, so an alarm."""
    return next((RECOVERY[kind] for kind in type(error).__mro__ if kind in RECOVERY), "alarm")
