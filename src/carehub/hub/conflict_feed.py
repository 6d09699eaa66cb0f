"""The hub's own feed of what is done about conflicts: each step is a message, so a rebuild hears them all again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from carehub.careplan.disagreement.progress import agreed
from carehub.careplan.disagreement.steps import Step, read, written
from carehub.careplan.plan import Conflict
from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import restore
from carehub.hub.assemble_plan import Made
from carehub.hub.own_feed import heard, of_nobody, own_adapter
from carehub.store.stepping import Steps
from carehub.terms.errors import Overtaken

FEED = "conflicts/steps"


def message_of(step: Step) -> Submission:
    """A step as the message that tells it. Its delivery key is its place among the steps of its conflict, so of two at once the log takes one."""
    sender = step.by.user if step.by else "carehub"
    return Submission(FEED, written(step), step.at, sender, f"{step.of}:{step.number}", content_type="application/json")


def _kind(message: Message) -> str:
    return read(message.body, message.id, message.position).kind


def hear_steps(messages: Iterable[Message], steps: Steps) -> None:
    """Keep the steps among these messages, before they are mapped, so that they are read at once. One that is no step is mapping's to refuse."""
    if told := heard(messages, FEED, read):
        steps.put(told)


def notice(made: Made, steps: Sequence[Step], tell: Callable[[Submission], object]) -> None:
    """Tell of each conflict that the sources agree now: one that the plan before shows, or that had steps, and the new plan does not. steps: those there
    are of this person's records, and of others'."""
    was, patients = made.before, {report.patient for report in made.plan.sources}
    before = restore(was.plan, _Disagreeing).conflicts if was is not None and was.conflicts else ()
    told = [step for step in steps if not patients.isdisjoint(step.conflict.patients)]
    for step in agreed(made.plan, before, told, made.stored.at) if before or told else ():
        with suppress(Overtaken):  # somebody spoke of that conflict meanwhile; if it still holds, it is told when this person next changes
            tell(message_of(step))


@dataclass(frozen=True, slots=True)
class _Disagreeing:
    """Of a plan as it is kept, only what disagrees is read."""

    conflicts: tuple[Conflict, ...]


ADAPTER = own_adapter(
    FEED,
    of_nobody(_kind),
    speaker="What is done about conflicts",
    title="What is done about conflicts",
    domain="https://carehub.example/Id/conflict-step",
    arrives="push",
    messages=("assigned", "explained", "agreed"),
)
