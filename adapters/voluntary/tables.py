"""codes/statuses.csv, read once: what a referral's status means for the request, the task and the goal."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_GAP = re.compile(r"[^a-z]+")
# Words about consent: any of the first kind means that there is none, whatever else is said.
_AGAINST = re.compile(
    r"\b(?:no|n|not|never|none|without|false|withdr\w*|revok\w*|rescind\w*|refus\w*|remov\w*|declin\w*|object\w*|opt\w* out|ended|stopped|expired|cancel\w*)\b"
)
_FOR = re.compile(
    r"(?:yes|y|true|given|granted|obtained|consents|consented|consent (?:given|granted|obtained|received)|verbal|written|informed|explicit)\b"
)


@dataclass(frozen=True, slots=True)
class Status:
    """kind: the message's kind. request, task, goal: FHIR statuses, "" where the record is taken back or nothing is known. rank: later in
    the life of a referral is higher."""

    kind: str
    request: str
    task: str
    goal: str
    rank: int


UNKNOWN = Status("referral-updated", "unknown", "", "proposed", 0)
WITHDRAWN = Status("consent-withdrawn", "", "", "", 8)


def fold(words: str) -> str:
    """Words as they are compared: letters only, case does not count."""
    return _GAP.sub(" ", words.casefold()).strip()


@cache
def statuses() -> dict[str, Status]:
    """The table by folded words."""
    text = (files(__package__) / "codes" / "statuses.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {fold(r["sent"]): Status(r["kind"], r["request"], r["task"], r["goal"], int(r["rank"])) for r in rows}


def status_of(sent: str) -> Status | None:
    """What a status means: UNKNOWN when the table does not have it; None when it speaks of consent in words that cannot be told from no.

    A status that is not listed and denies consent is its withdrawal: to go on sharing is the mistake that cannot be taken back.
    """
    folded = fold(sent)
    known = statuses().get(folded)
    if known:
        return known
    if "consent" not in folded:
        return UNKNOWN
    return WITHDRAWN if _AGAINST.search(folded) else None


def consent_of(sent: str) -> str:
    """A cell of a consent column: "given" (also when empty: it says nothing), "none", or "" for words that cannot be told apart."""
    folded = fold(sent)
    if not sent or sent == "1":
        return "given"
    if sent == "0" or _AGAINST.search(folded):
        return "none"
    return "given" if _FOR.match(folded) else ""
