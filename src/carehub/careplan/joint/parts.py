"""The plan's parts that one source tells: goals, actions and care plans, with what each points at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carehub.careplan.duplicates import Folded
from carehub.careplan.joint import passages
from carehub.careplan.joint.joint_plan import Action, AgencyPlan, Goal
from carehub.careplan.joint.owners import owners
from carehub.careplan.joint.timing import begins, due, review, target
from carehub.careplan.plan import Entry, SourceRecord
from carehub.careplan.reading.plan import STATUS
from carehub.careplan.reading.shelf import Shelf
from carehub.careplan.reading.wording import status_words
from carehub.fhir.resource import Resource, codings, first, many, text, words
from carehub.terms.attribution import Attribution
from carehub.terms.organisations import SourceKind

ACTIONS = ("Task", "ServiceRequest", "CommunicationRequest", "NutritionOrder", "DeviceRequest", "RequestGroup")
"""Resource types of which every record is an action. Any other is one where a care plan names it among its activities."""

_TO_GOAL = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"
_CLOSED = frozenset({"rejected", "cancelled", "failed", "completed", "entered-in-error", "revoked", "stopped", "finished", "fulfilled"})
_INLINE = {"not-started": "Not started", "scheduled": "Scheduled", "stopped": "Stopped"}
# Categories of a Condition that say that it is a need of social care, or a concern; any other is a need where something addresses it.
_NEEDS = frozenset({"health-concern", "social"})


@dataclass(slots=True)
class Links:
    """What points at what, by the keys of rows."""

    goal_needs: dict[str, list[str]] = field(default_factory=dict)
    action_goals: dict[str, list[str]] = field(default_factory=dict)
    action_needs: dict[str, list[str]] = field(default_factory=dict)
    plan_actions: dict[str, list[str]] = field(default_factory=dict)
    needs: dict[str, None] = field(default_factory=dict)


class Rows:
    """The row of the page in which each record stands: its own, before an alert or another part of it that is shown elsewhere too."""

    def __init__(self, rows: Mapping[str, Sequence[Folded]]) -> None:
        self._of: dict[str, Entry] = {}
        further: dict[str, Entry] = {}
        for held in rows.values():
            for row in held:
                for draft in row.drafts:
                    record = draft.entry.attributions[0].record
                    (self._of if draft.entry.key == record else further).setdefault(record, row.entry)
        self._of = {**further, **self._of}

    def of(self, record: SourceRecord | None) -> Entry | None:
        return self._of.get(record.attribution.record) if record else None

    def named(self, reference: Any) -> Entry | None:
        """The row of a record of any source, by a Reference to it."""
        return self._of.get(text(reference, "reference")) if isinstance(reference, dict) else None


def keys(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(found)))


class PartReader:
    """The plan's parts on one shelf. What is followed is followed on this shelf only: nothing is shared between patient records."""

    def __init__(self, shelf: Shelf, rows: Rows, links: Links, entries: dict[str, Entry]) -> None:
        self._shelf, self._rows, self._links, self._entries = shelf, rows, links, entries
        # A Task that says how far a request has come is that request's state, not a second thing to do.
        self._progress: dict[str, SourceRecord] = {}
        for task in shelf.of("Task"):
            asked = shelf.record(task.resource.get("focus"))
            if asked is not None and asked.resource.get("resourceType") in ACTIONS and asked.resource.get("resourceType") != "Task":
                self._progress[asked.attribution.record] = task

    def goals(self) -> Iterator[Goal]:
        for record in self._shelf.of("Goal"):
            entry = self._rows.of(record)
            if entry is None:
                continue
            goal = record.resource
            for reference in many(goal, "addresses"):
                target_record = self._shelf.record(reference)
                if target_record is not None and target_record.resource.get("resourceType") in ACTIONS:
                    self._link(self._links.action_goals, self._action_row(target_record), entry)
                else:
                    self._link(self._links.goal_needs, entry, self._as_need(target_record))
            whose = owners(self._shelf, goal, [goal.get("expressedBy")])
            yield Goal(
                key=entry.key,
                title=entry.title,
                status=entry.status,
                active=entry.active,
                whose=whose[0].words or whose[0].organisation if whose else "",
                due=target(goal),
                progress=words(goal.get("achievementStatus")),
                needs=(),
                told=entry.attributions,
            )
        for condition in self._shelf.of("Condition"):
            if _NEEDS & {code for concept in many(condition.resource, "category") for _, code, _ in codings(concept)}:
                self._as_need(condition)

    def actions(self) -> Iterator[Action]:
        standing_for = {task.attribution.record for task in self._progress.values()}
        for type in ACTIONS:
            for record in self._shelf.of(type):
                if record.attribution.record not in standing_for and (action := self._action(record)):
                    yield action

    def _action(self, record: SourceRecord) -> Action | None:
        entry = self._rows.of(record)
        if entry is None:
            return None
        asked, task = record.resource, self._progress.get(record.attribution.record)
        speaking = [task.resource, asked] if task else [asked]
        for resource in speaking:
            self._reasons(resource, entry)
        doing = [who for r in speaking for name in ("owner", "performer") for who in many(r, name)]
        when = [due(r, "occurrence") for r in speaking]
        code = text(speaking[0], "status")
        told_as = words(speaking[0].get("businessStatus"))
        status = f"{told_as[:1].upper()}{told_as[1:]}" or STATUS.get(code, (status_words(code, _INLINE), True))[0]
        told = dict.fromkeys([*entry.attributions, *([self._shelf.attribution(task)] if task else [])])
        return Action(
            key=entry.key,
            entry=entry.key,
            section=entry.section,
            title=entry.title,
            status=status,
            open=code not in _CLOSED and (bool(task) or entry.active),
            due=next((date for date, _ in when if date), ""),
            due_words=next((said for _, said in when if said), ""),
            owners=owners(self._shelf, asked, doing),
            goals=(),
            needs=(),
            told=tuple(told),
        )

    def _reasons(self, resource: Resource, entry: Entry) -> None:
        """Why something is done: a reason, what it is based on, the goal it serves."""
        goals = [e.get("valueReference") for e in many(resource, "extension") if isinstance(e, dict) and e.get("url") == _TO_GOAL]
        for reference in [*many(resource, "reasonReference"), *many(resource, "goal"), *goals]:
            found = self._shelf.record(reference)
            if self._shelf.source.kind is SourceKind.TEAM:
                self._answered(reference, entry)
            if found is None:
                continue
            if found.resource.get("resourceType") == "Goal":
                self._link(self._links.action_goals, entry, self._rows.of(found))
            elif found.resource.get("resourceType") not in ACTIONS:
                self._link(self._links.action_needs, entry, self._as_need(found))

    def _answered(self, reference: Any, entry: Entry) -> None:
        """What the team entered answers a part of any source's plan, which whoever entered it chose from this person's record."""
        answered = self._rows.named(reference)
        type = text(reference, "reference").partition("/")[0]
        if answered is None:
            return
        if type == "Goal":
            self._link(self._links.action_goals, entry, answered)
        elif type == "CarePlan":
            self._link(self._links.plan_actions, answered, entry)
        else:
            self._links.needs[answered.key] = None
            self._entries[answered.key] = answered
            self._link(self._links.action_needs, entry, answered)

    def plans(self) -> Iterator[tuple[AgencyPlan, list[Action]]]:
        for record in self._shelf.of("CarePlan"):
            entry = self._rows.of(record)
            if entry is not None and not passages.is_note(entry.attributions[0]):
                yield self._plan(record, entry)

    def _plan(self, record: SourceRecord, entry: Entry) -> tuple[AgencyPlan, list[Action]]:
        plan, told = record.resource, self._shelf.attribution(record)
        further: list[Action] = []
        done: list[str] = []
        unheld = [*self._named_only(plan, "addresses"), *self._named_only(plan, "goal")]
        reviews = [review(plan)]
        for place, activity in enumerate(a for a in many(plan, "activity") if isinstance(a, dict)):
            if isinstance(activity.get("detail"), dict):
                further.append(self._inline(activity, f"{entry.key}#activity-{place + 1}", entry, plan, told))
                done.append(further[-1].key)
                continue
            held = self._shelf.record(activity.get("reference"))
            row = self._action_row(held)
            if held is None or row is None:
                unheld += self._named_only({"activity": activity}, "activity", "reference")
                continue
            done.append(row.key)
            if passages.is_review(row.title):
                reviews.append(due(held.resource, "occurrence")[0])
            if held.resource.get("resourceType") not in ACTIONS and (action := self._action(held)):
                further.append(action)
        for type in ACTIONS:
            for based in self._shelf.of(type):
                if any(self._shelf.record(r) is record for r in many(based.resource, "basedOn")) and (row := self._action_row(based)):
                    done.append(row.key)
        needs = [need.key for r in many(plan, "addresses") if (need := self._as_need(self._shelf.record(r)))]
        goals = [goal.key for r in many(plan, "goal") if (goal := self._rows.of(self._shelf.record(r)))]
        made = AgencyPlan(
            key=entry.key,
            title=entry.title,
            status=entry.status,
            active=entry.active,
            when=begins(plan),
            ends=text(plan, "period", "end"),
            review=max(filter(None, reviews), default=""),
            took_part=self._took_part(plan),
            agreed=passages.agreement(plan),
            needs=keys(needs),
            goals=keys(goals),
            actions=keys(done),
            unheld=tuple(dict.fromkeys(unheld)),
            told=entry.attributions,
        )
        return made, further

    def _inline(self, activity: Any, key: str, entry: Entry, plan: Resource, told: Attribution) -> Action:
        detail = activity["detail"]
        code = text(detail, "status")
        status, _ = STATUS.get(code, (_INLINE.get(code) or status_words(code, {}), True))
        goals = [g.key for r in many(detail, "goal") if (g := self._rows.of(self._shelf.record(r)))]
        needs = [n.key for r in many(detail, "reasonReference") if (n := self._as_need(self._shelf.record(r)))]
        date, said = due(detail, "scheduled")
        named = words(detail.get("code")) or text(detail, "description") or text(activity, "reference", "display")
        return Action(
            key=key,
            entry=entry.key,
            section=entry.section,
            title=named or words(first(detail, "reasonCode")) or "Activity without a description",
            status=status or "Status not recorded",
            open=code not in _CLOSED and entry.active,
            due=date,
            due_words=said,
            owners=owners(self._shelf, plan, many(detail, "performer")),
            goals=keys(goals),
            needs=keys(needs),
            told=(told,),
        )

    def _took_part(self, plan: Resource) -> tuple[str, ...]:
        """Authors and contributors, then the members of its care team, as the source names them."""
        said = [shown(o) for o in owners(self._shelf, plan, [*many(plan, "author"), *many(plan, "contributor")])]
        for reference in many(plan, "careTeam"):
            team = self._shelf.follow(reference, plan)
            for member in many(team or {}, "participant"):
                if isinstance(member, dict):
                    part = "; ".join(filter(None, (words(c) for c in many(member, "role"))))
                    place = self._shelf.called(member.get("onBehalfOf"), team)
                    name = self._shelf.called(member.get("member"), team)
                    said.append(", ".join(filter(None, (name, part, place))))
        return tuple(dict.fromkeys(filter(None, said)))

    def _as_need(self, record: SourceRecord | None) -> Entry | None:
        entry = self._rows.of(record)
        if entry is not None and record is not None and record.resource.get("resourceType") not in ("Goal", *ACTIONS):
            self._links.needs[entry.key] = None
            self._entries[entry.key] = entry
            return entry
        return None

    def _action_row(self, record: SourceRecord | None) -> Entry | None:
        """The row of an action; of the request where a Task only says how far it has come."""
        focus = self._shelf.record(record.resource.get("focus")) if record else None
        if focus is not None and self._progress.get(focus.attribution.record) is record:
            record = focus
        return self._rows.of(record)

    def _named_only(self, holder: Resource, *path: str) -> list[str]:
        """References that lead to nothing held here, by the words beside them."""
        found = (r for r in many(holder, *path) if isinstance(r, dict) and self._shelf.follow(r, holder) is None)
        return [text(r, "display") or "Something that is not held here" for r in found]

    @staticmethod
    def _link(links: dict[str, list[str]], one: Entry | None, other: Entry | None) -> None:
        if one is not None and other is not None:
            links.setdefault(one.key, []).append(other.key)


def shown(owner: Any) -> str:
    """ "S Webb, Northvale Community": an owner on one line."""
    return ", ".join(filter(None, (owner.words, owner.organisation)))
