"""An action that the team enters here (SCREENS UI-50): who is to do what by when, every version of it, and what may become of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import show_date

STATUSES = {"requested": "Requested", "accepted": "Accepted", "in-progress": "In progress", "completed": "Done", "cancelled": "Cancelled"}
"""What an action may be: FHIR Task.status, and the word that the history uses."""

PRIORITIES = ("routine", "urgent", "asap", "stat")
_CLOSED = frozenset({"completed", "cancelled"})
_MOST_NAMED, _MOST_WORDS = 200, 1000
_LAST_YEAR = 2199
# An action that only a team holds is nobody's (hazard S-H16).
_NO_PERSON = re.compile(r"\b(?:teams?|services?|department|rota)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be so. holder: a named person; organisation: theirs. due: YYYY-MM-DD. status: of STATUSES. priority: of PRIORITIES.

    answers: "Type/id" of the need, goal or plan that it answers, or "".
    """

    description: str
    holder: str
    organisation: str
    due: str
    status: str = "requested"
    priority: str = "routine"
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an action: when (ISO UTC), who (name and organisation as shown), and what in words."""

    at: str
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class TeamAction:
    """One version of one action, which says all of it.

    key: the action's own, the same in every version. record: id of the Patient record it was written beside. version: 1, 2, … identifier:
    "system|value" that its sender gave it, or "". by, entered: who entered it and when. changes: all so far. reason: why it was cancelled.
    """

    key: str
    record: str
    version: int
    wanted: Wanted
    by: str
    entered: str
    identifier: str = ""
    changes: tuple[Change, ...] = ()
    reason: str = ""

    @property
    def at(self) -> str:
        """When this version was made, ISO UTC."""
        return self.changes[-1].at if self.changes else self.entered

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return self.wanted.status not in _CLOSED


def checked(wanted: Wanted, today: date, stood: Wanted | None = None) -> Wanted:
    """What was asked for, without blanks around it. today: London's. stood: what stood before, None for a new action; a day that stood may be past.

    Raises Rejected: ACT-001 for what is left out, no day or no person; ACT-002 for a status or priority that is none, or none to begin with;
    ACT-007 where it asks for something else than what stood.
    """
    told = replace(
        wanted,
        description=wanted.description.strip(),
        holder=" ".join(wanted.holder.split()),
        organisation=" ".join(wanted.organisation.split()),
        due=wanted.due.strip(),
    )
    for name in missing(told, today, stood):
        raise Rejected(issue("ACT-001", at=name))
    if told.status not in STATUSES or told.priority not in PRIORITIES or (stood is None and told.status != "requested"):
        raise Rejected(issue("ACT-002", at="status" if told.status not in STATUSES or stood is None else "priority"))
    if stood is not None and (told.description, told.answers) != (stood.description, stood.answers):
        raise Rejected(issue("ACT-007"))
    return told


def missing(wanted: Wanted, today: date, stood: Wanted | None = None) -> tuple[str, ...]:
    """The names of what ACT-001 is about: left out, too long, no person's name, or no day from today on."""
    holder, organisation = wanted.holder.strip(), wanted.organisation.strip()
    wrong = {
        "description": not wanted.description.strip() or len(wanted.description) > _MOST_WORDS,
        "holder": not holder
        or len(holder) > _MOST_NAMED
        or bool(_NO_PERSON.search(holder))
        or holder.casefold() == organisation.casefold(),
        "organisation": not organisation or len(organisation) > _MOST_NAMED,
        "due": not (stood is not None and wanted.due.strip() == stood.due) and not _to_come(wanted.due.strip(), today),
    }
    return tuple(name for name, bad in wrong.items() if bad)


def changed(before: TeamAction, asked: Wanted, why: str, by: str, at: str, today: date) -> TeamAction:
    """The next version. why: words about the change, needed for cancelling. by, at: who and when (ISO UTC).

    Raises Rejected as `checked` does; ACT-002 for a change of what is done or given up, for a cancelling without why, for a handing over that
    does not wait to be accepted again, and for a change of nothing without words; ACT-001 for words that are too long.
    """
    stood, reason = before.wanted, why.strip()
    wanted = checked(asked, today, stood)
    if len(why) > _MOST_WORDS:
        raise Rejected(issue("ACT-001", at="why"))
    passed = (wanted.holder, wanted.organisation) != (stood.holder, stood.organisation)
    cancelled = wanted.status == "cancelled"
    if not before.open or (cancelled and not reason) or (passed and wanted.status != "requested"):
        raise Rejected(issue("ACT-002", at="why" if before.open and cancelled and not passed else "status"))
    words = _words(stood, wanted, passed)
    if not words and not reason:
        raise Rejected(issue("ACT-002", at="status"))
    told = ". ".join(filter(None, (words, reason)))
    # The next version is never older than the one before, whatever a clock says: a source's own time orders versions (ADR 0010).
    change = Change(max(at, before.at), by, told)
    return replace(before, version=before.version + 1, wanted=wanted, changes=(*before.changes, change), reason=reason if cancelled else "")


def _words(stood: Wanted, wanted: Wanted, passed: bool) -> str:
    said = []
    if passed:
        said.append(f"Handed over from {stood.holder}, {stood.organisation} to {wanted.holder}, {wanted.organisation}")
    elif wanted.status != stood.status:
        said.append(STATUSES[wanted.status])
    if wanted.due != stood.due:
        said.append(f"Due {show_date(wanted.due)} and no more {show_date(stood.due)}")
    if wanted.priority != stood.priority:
        said.append(f"Priority {wanted.priority} and no more {stood.priority}")
    return ". ".join(said)


def _to_come(due: str, today: date) -> bool:
    try:
        day = date.fromisoformat(due)
    except ValueError:
        return False
    return len(due) == 10 and today <= day and day.year <= _LAST_YEAR
