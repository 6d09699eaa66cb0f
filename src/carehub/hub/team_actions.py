"""DOOR IN for actions of the team: somebody enters one, and whoever has it accepts it, does it, gives it up or hands it over. Each is a message."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import date

from carehub.careplan.joint.standing import closed_by_death
from carehub.careplan.joint.team_action import TeamAction, Wanted, changed, checked
from carehub.careplan.plan import UnifiedCarePlan
from carehub.careplan.ways_in import body_tells_way_in
from carehub.feeds.message import Submission
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.action_feed import FEED, first_message, message_of, read, task_ref
from carehub.hub.beside import surest
from carehub.hub.hub import Hub
from carehub.hub.reading import PersonRecord, StoredBody
from carehub.terms.errors import Missing, Overtaken, Refused, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import LONDON, iso
from carehub.terms.refs import derived_id

_PATIENCE = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """An action as it stands: its Task as stored, whose it is (id of the person), and whether this call entered it."""

    task: StoredBody
    person: str
    entered: bool = False


@dataclass(frozen=True, slots=True)
class TeamActions:
    """The verbs, over a hub. Each raises Refused (also where the plan is masked), Missing for what is not there, and StoreBusy."""

    hub: Hub

    def record(self, requester: Requester, person: str) -> Disclosed[PersonRecord]:
        """The record that an action is entered from. Raises Refused where the reader may not see the plan."""
        released = self.hub.disclosing.person_record(requester, person, "actions")
        if any(mask.section == "plan" for mask in released.masks):
            raise Refused(issue("API-002"))
        return released

    def enter(
        self, requester: Requester, person: str, wanted: Wanted, identifier: str = "", *, unless_there: bool = False, once: str = ""
    ) -> Kept:
        """A new action. identifier: "system|value" under which no second one is entered, whoever asks at the same time; "" for none.

        unless_there: give back the one that is there under this identifier; else that raises Overtaken (ACT-005), as one of another person does.
        once: of a form, which is entered once however often it is sent; with other words in it, it is another action.
        Raises Rejected: ACT-001, ACT-002 (see joint.team_action.checked), ACT-006, ACT-008, ACT-009.
        """
        plan = self.record(requester, person).value.plan
        key = derived_id("action", identifier) if identifier else _key_of_form(once, plan.person, wanted)

        def store() -> Kept:
            if self.hub.log.position(first_message(key)):
                return self._there(requester, plan.person, key, unless_there or not identifier)
            told = checked(wanted, self._today())
            self._answerable(plan, told)
            action = TeamAction(key, surest(plan), 1, told, _who(requester), iso(self.hub.clock()), identifier)
            if not self._told(self._message(requester, action)):
                return self._there(requester, plan.person, key, unless_there or not identifier)
            return Kept(self._task(requester, task_ref(action).id), plan.person, entered=True)

        return self.hub.disclosing.identity(requester, "write_action", [plan.person], "action entered", store).value

    def one(self, requester: Requester, task: str, person: str = "") -> tuple[Disclosed[PersonRecord], TeamAction]:
        """An action by the id of its Task, and the record it is in. person: whose it must be, "" for anybody's. Raises Rejected (ACT-007) for
        a source's."""
        self._task(requester, task)
        record = self.hub.store.records.record("Task", task)
        owner = self.hub.store.links.person_of([record.patient]).get(record.patient) if record else None
        if record is None or owner is None:
            raise Missing(issue("API-003"))
        if record.feed != FEED:
            raise Rejected(issue("ACT-007"))
        released = self.record(requester, person or owner)
        if released.value.plan.person != owner:
            raise Missing(issue("API-003"))
        return released, read(self.hub.message_body(record.message))

    def change(self, requester: Requester, task: str, wanted: Wanted, why: str, seen: int, person: str = "") -> Kept:
        """The next version of an action. seen: the version that the writer saw; Overtaken (ACT-003) where there is another by now. why: words
        about it. Raises Rejected: ACT-001, ACT-002, ACT-007 (see joint.team_action.changed), ACT-008, ACT-009."""
        released, before = self.one(requester, task, person)
        plan = released.value.plan

        def store() -> Kept:
            if before.version != seen:
                raise Overtaken(issue("ACT-003"))
            self._living(plan)
            after = changed(before, wanted, why, _who(requester), iso(self.hub.clock()), self._today())
            if not self._told(self._message(requester, after)):
                raise Overtaken(issue("ACT-003"))
            return Kept(self._task(requester, task), plan.person)

        return self.hub.disclosing.identity(requester, "write_action", [plan.person], "action changed", store).value

    def _there(self, requester: Requester, person: str, key: str, unless_there: bool) -> Kept:
        message = first_message(key)
        action = read(self.hub.message_body(message))
        owner = self.hub.store.links.person_of([action.record]).get(action.record)
        if not unless_there or owner != person:
            raise Overtaken(issue("ACT-005"))
        self._again(lambda: self.hub.map([message]))  # whoever entered it may not have come so far yet
        return Kept(self._task(requester, task_ref(action).id), person)

    def _message(self, requester: Requester, action: TeamAction) -> Submission:
        """The message of a version. Raises Rejected (ACT-009) where its writer could not read afterwards what they wrote."""
        told, row = message_of(action, requester.user), self.hub.disclosing.policy.get((requester.role, requester.purpose))
        if (row is None or not row.restricted) and body_tells_way_in(told.body):
            raise Rejected(issue("ACT-009"))
        return told

    def _told(self, submission: Submission) -> bool:
        """Whether it is this version that the log took: then it is in effect as Hub.hear says."""
        try:
            self.hub.receive([submission])
        except Overtaken:
            return False
        self.hub.hear(submission)
        return True

    @staticmethod
    def _again(step: Callable[[], object]) -> None:
        """A step that may be done twice, done although others do it at the same time: what is stored is never told to be overtaken."""
        for _ in range(_PATIENCE):
            with suppress(Overtaken):
                step()
                return
        step()

    def _task(self, requester: Requester, task: str) -> StoredBody:
        return self.hub.disclosing.resource(requester, "Task", task).value

    def _answerable(self, plan: UnifiedCarePlan, wanted: Wanted) -> None:
        self._living(plan)
        if wanted.answers and wanted.answers not in {record for record, _ in answerable(plan)}:
            raise Rejected(issue("ACT-006"))

    def _living(self, plan: UnifiedCarePlan) -> None:
        if closed_by_death(plan.identity):
            raise Rejected(issue("ACT-008"))

    def _today(self) -> date:
        return self.hub.clock().astimezone(LONDON).date()


def answerable(plan: UnifiedCarePlan) -> list[tuple[str, str]]:
    """What of a released plan an action may answer: "Type/id" of a source's record, and what it is called. Goals, needs, then plans."""
    joint = plan.joint
    return [
        *((one.told[0].record, f"Goal: {one.title}") for one in joint.goals if one.active),
        *((one.told[0].record, f"Need: {one.title}") for one in joint.needs if one.active),
        *((one.told[0].record, f"Plan: {one.title}") for one in joint.plans if one.active),
    ]


def _key_of_form(once: str, person: str, wanted: Wanted) -> str:
    return derived_id("form", once, person, *astuple(wanted)) if once else secrets.token_hex(16)


def _who(requester: Requester) -> str:
    return f"{requester.name} ({requester.organisation_name or requester.organisation})"
