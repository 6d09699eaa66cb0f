"""Steps: what people did about a conflict, and when carehub saw that the sources agree. Each is a message, so a rebuild hears it again (ADR 0006)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from carehub.careplan.plan import Conflict
from carehub.fhir.canonical import dumps, known, restore
from carehub.terms.moments import instant, valid_date


@dataclass(frozen=True, slots=True)
class Professional:
    """Who took a step: user id, name as shown, role code of the policy table, organisation code and name."""

    user: str
    name: str
    role: str
    organisation: str
    organisation_name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step. No step changes what a source says, or chooses between sources.

    kind: "assigned" (owner, organisation, due as YYYY-MM-DD, text: what is asked of them), "explained" (text: why the sources differ), or
    "agreed": carehub saw that the sources do not disagree any more (by is None). of: the id under which the conflict is known, that of its first
    step. number: 1, 2, … of its steps; no two have the same. conflict: as it read then. at: ISO UTC. message, position: of the message.
    """

    kind: Literal["assigned", "explained", "agreed"]
    of: str
    number: int
    conflict: Conflict
    by: Professional | None
    at: str
    text: str = ""
    owner: str = ""
    organisation: str = ""
    due: str = ""
    message: str = ""
    position: int = 0


def written(step: Step) -> bytes:
    """A step as the bytes of its message."""
    return dumps(step)


def read(body: bytes, message: str, position: int) -> Step:
    """A step from the bytes of its message. Raises ValueError for bytes that are no step, or for one that leaves out what its kind needs."""
    step = restore(body, Step)
    needed = {
        "assigned": (step.owner, step.organisation, step.due and valid_date(step.due) and len(step.due) == 10, step.by),
        "explained": (step.text, step.by),
        "agreed": (step.by is None,),
    }
    if not (all(needed[step.kind]) and step.of and step.number > 0 and step.conflict.patients and instant(step.at)):
        raise ValueError("a step lacks what its kind needs")
    return replace(step, message=message, position=position)


known(Step)
