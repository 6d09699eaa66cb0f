"""Procedures (PR1) to Procedures of the visit.

Source: HL7 v2.5.1 chapter 6 (PR1; tables 0206 and 0230). OPCS-4 is the national classification.
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.hl7v2 import Segment
from carehub.terms.moments import instant

from . import people
from .draft import Draft
from .timing import moment

_PR1 = frozenset((1, 2, 3, 4, 5, 8, 11, 12, 15, 19, 20))
_PERFORMERS = ((11, "Surgeon"), (8, "Anaesthetist"), (12, "Practitioner"))


def tell(draft: Draft) -> None:
    """Put every PR1 of the message into the draft; one without a code or words is noted (MAP-004).

    PR1 may also hold what is booked, so a procedure counts as done only when it has a time and that is not after the message was made.
    """
    for pr1 in draft.message.all("PR1"):
        code = _code(draft, pr1)
        local = _local(draft, pr1)
        if code is None:
            draft.note("MAP-004", pr1.place, "Procedure")
        elif pr1.text(20).upper() == "D":
            draft.withdraw("Procedure", local, at=pr1.place)
        else:
            _procedure(draft, pr1, local, code)


def _procedure(draft: Draft, pr1: Segment, local: str, code: dict[str, Any]) -> None:
    when = draft.time(pr1, 5, "Procedure")
    told: dict[str, Any] = {"status": _status(draft, when), "code": code, "subject": draft.subject}
    if when:
        told["performedDateTime"] = when
    if draft.encounter:
        told["encounter"] = {"reference": draft.encounter}
    performers = [
        {"function": {"text": role}, "actor": {"reference": reference}}
        for number, role in _PERFORMERS
        for field in pr1.repeats(number)
        if (reference := people.practitioner(draft, field, f"PR1-{number}"))
    ]
    if performers:
        told["performer"] = performers
    reason = draft.concept(pr1.first(15), "PR1-15", "Procedure")
    if reason:
        told["reasonCode"] = [reason]
    draft.left_out(pr1, _PR1, "Procedure")
    draft.add("Procedure", local, told, at=pr1.place, scope=draft.scope_of_visit())


def _status(draft: Draft, when: str) -> str:
    made = instant(moment(draft.message.header.text(7)))
    if not when or not made:
        return "unknown"
    at = instant(when)
    past = at <= made if at else len(when) == 10 and when <= made.date().isoformat()
    return "completed" if past else "preparation"


def _code(draft: Draft, pr1: Segment) -> dict[str, Any] | None:
    """PR1-3 with the words of PR1-4. The coding system may be in PR1-2 only, as in version 2.3."""
    field, words = pr1.first(3), pr1.first(4).whole()
    concept = draft.concept(field, "PR1-3", "Procedure", system=pr1.text(2))
    if concept is None:
        return {"text": words} if words else None
    if words and not field.text(2) and not field.text(9):
        concept["text"] = words
    return concept


def _local(draft: Draft, pr1: Segment) -> str:
    """PR1-19 where there is one; else the procedure and its time within the visit, so that the same one sent again is the same record."""
    code = pr1.text(3) or pr1.text(3, 2) or pr1.text(4)
    return pr1.text(19) or "|".join((draft.encounter, code, moment(pr1.text(5))))
