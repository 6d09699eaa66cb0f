"""The absence vocabulary of SCREENS 3.0.3: fourteen source states, each with its tag and its sentence. The words are exact; nothing else says "missing"."""

from __future__ import annotations

from datetime import timedelta

from carehub.terms.moments import show_date, show_duration, show_time

TAGS: dict[str, str] = {
    "current": "Up to date",
    "late": "Late",
    "stale": "Out of date",
    "failing": "Failing",
    "no_agreement": "No sharing agreement",
    "not_connected": "Not connected",
    "no_record": "No record found",
    "checking": "Being checked",
    "hidden_wrong": "Hidden while checked",
    "withheld": "Withheld at source",
    "in_transfer": "Transfer not complete",
    "awaiting_filing": "Awaiting filing",
    "objected": "Person has objected",
    "role": "Restricted",
}
"""Code to tag text, in the order of the table."""

# What a GP system's list warning code means (GP Connect 1.6, ListWarningCode).
OF_WARNING: dict[str, str] = {
    "confidential-items": "withheld",
    "data-in-transit": "in_transfer",
    "data-awaiting-filing": "awaiting_filing",
}

NO_RECORD = "No record in this source has been matched to this person. They may still be known to the service."
CHECKING = "A possible record in this source is being checked and is not shown."
WITHHELD = "Items excluded due to confidentiality and/or patient preferences."
AWAITING_FILING = "Some items are waiting to be reviewed by the practice and are not included."
OBJECTED = "The person has asked for this source not to be shared."


def current(received: str) -> str:
    """received: ISO instant of the newest message."""
    return f"Received {show_time(received)}."


def late(received: str, ago: timedelta, every: timedelta | None) -> str:
    """ago: how long before now `received` is. every: how often the feed should come; None leaves that part out."""
    return f"Last received {show_time(received)} ({show_duration(ago)} ago).{_expected(every)}"


def stale(received: str, ago: timedelta, every: timedelta | None) -> str:
    """As `late`, with the age first."""
    return f"Last received {show_duration(ago)} ago ({show_time(received)}).{_expected(every)}"


def never_timed() -> str:
    """A source whose newest message carries no time that can be read: its age cannot be told, so it is never called up to date."""
    return "Received at a time that is not known, so how old it is cannot be told."


def failing(unreadable: int, last_good: str) -> str:
    """unreadable: messages that cannot be read. last_good: ISO instant of the newest readable message, or ""."""
    good = f"Last good {show_time(last_good)}." if last_good else "None has been read yet."
    return f"Messages are arriving but {unreadable} cannot be read. {good}"


def no_agreement(organisation: str) -> str:
    """organisation: the name of the source."""
    return f"No data sharing agreement with {organisation}, so nothing is received."


def not_agreed(organisation: str) -> str:
    """As `no_agreement`, of a source that sent something all the same."""
    return f"No data sharing agreement with {organisation}, so nothing that it sent is shown."


def by_clause(clause: str, organisation: str) -> str:
    """What a clause of an agreement keeps back. organisation: the name of the source."""
    return f"Not shown to you here, by clause {clause} of the sharing agreement with {organisation}."


def not_connected(organisation: str) -> str:
    """organisation: the name of the source."""
    return f"{organisation} is not connected to carehub."


def hidden_wrong(reported: str) -> str:
    """reported: FHIR date or instant of the report."""
    return f"A record from this source was reported as possibly another person's on {show_date(reported)} and is hidden."


def in_transfer(before: str) -> str:
    """before: the date as the practice's note gives it ("03-Oct-2026") or a FHIR date, or "" when it gives none."""
    told = f"information recorded before {show_date(before)} may be missing" if before else "information may be missing"
    return f"Patient record transfer from previous GP practice not yet complete; {told}."


def role(role_name: str, *, emergency: bool = False) -> str:
    """role_name: the requester's role in words ("Link worker"). emergency: whether policy lets it use emergency access; no other is sent there."""
    return f"Your role ({role_name}) cannot see this section. Ask the care coordinator{', or use emergency access' if emergency else ''}."


def _expected(every: timedelta | None) -> str:
    return f" Expected every {_interval(every)}." if every is not None else ""


def _interval(every: timedelta) -> str:
    """ "hour" for one hour, "7 days" for seven: what follows "every"."""
    words = show_duration(every)
    count, _, unit = words.partition(" ")
    return unit if count == "1" and " " not in unit else words
