"""DOOR IN for notes to the unified care plan: a member of the team writes one, and their organisation revises or withdraws it. Each is a message."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from carehub.careplan.disagreement.steps import Professional
from carehub.careplan.joint.team_note import Said, TeamNote, changed, wanted
from carehub.careplan.ways_in import says_way_in
from carehub.feeds.message import Submission
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.beside import surest
from carehub.hub.hub import Hub
from carehub.hub.note_feed import FEED, first_message, message_of, note_ref, read
from carehub.hub.reading import PersonRecord, StoredBody
from carehub.terms.errors import Missing, Overtaken, Refused, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso
from carehub.terms.refs import derived_id


@dataclass(frozen=True, slots=True)
class NoteKept:
    """A note as it stands: its record as stored, whose it is (id of the person), and whether this call wrote it."""

    record: StoredBody
    person: str
    written: bool = False


@dataclass(frozen=True, slots=True)
class TeamNotes:
    """The verbs, over a hub. Policy asks for `write_action`, as for all that the team enters in the plan. Each raises Refused (also where the plan is
    masked), Missing for what is not there, StoreBusy, and Rejected: API-005 for no words or too many, ACT-009 for a way in that the writer's role
    could not read."""

    hub: Hub

    def record(self, requester: Requester, person: str) -> Disclosed[PersonRecord]:
        """The record that a note is written to. Raises Refused where the reader may not see the plan."""
        released = self.hub.disclosing.person_record(requester, person, "notes")
        if any(mask.section == "plan" for mask in released.masks):
            raise Refused(issue("API-002"))
        return released

    def write(self, requester: Requester, person: str, words: str, once: str = "") -> NoteKept:
        """A new note. once: the sender's own key for it, or a form's: sent again it is there once. Raises Overtaken (ACT-005) where it was used for
        other words."""
        plan = self.record(requester, person).value.plan

        def store() -> NoteKept:
            said = self._said(requester, words)
            key = derived_id("care-plan-note", once, plan.person, requester.user) if once else secrets.token_hex(16)
            note = TeamNote(key, surest(plan), (said,))
            if not self.hub.log.position(first_message(key)) and self._told(message_of(note)):
                return NoteKept(self._stored(requester, note), plan.person, written=True)
            there = read(self.hub.message_body(first_message(key)))
            if there.words != said.words:
                raise Overtaken(issue("ACT-005"))
            self._told(message_of(there))  # whoever wrote it may not have come so far yet
            return NoteKept(self._stored(requester, there), plan.person)

        return self.hub.disclosing.identity(requester, "write_action", [plan.person], "care plan note written", store).value

    def one(self, requester: Requester, id: str, person: str = "") -> tuple[Disclosed[PersonRecord], TeamNote]:
        """A note by the id of its record, and the record of the person it is in. person: whose it must be, "" for anybody's."""
        record = self.hub.store.records.record("CarePlan", id)
        owner = self.hub.store.links.person_of([record.patient]).get(record.patient) if record else None
        if record is None or owner is None or record.feed != FEED:
            self.hub.disclosing.identity(requester, "write_action", [""], "care plan note, unknown id", lambda: None)
            raise Missing(issue("API-003"))
        self.hub.disclosing.resource(requester, "CarePlan", id)
        released = self.record(requester, person or owner)
        if released.value.plan.person != owner:
            raise Missing(issue("API-003"))
        return released, read(self.hub.message_body(record.message))

    def revise(self, requester: Requester, id: str, words: str, seen: int, person: str = "") -> NoteKept:
        """The next version; those before it stay. seen: the version that the writer saw; Overtaken (ACT-003) where there is another by now. Raises
        Refused for who is not of the organisation that wrote it."""
        return self._change(requester, id, words, seen, person, withdrawn=False)

    def withdraw(self, requester: Requester, id: str, words: str, seen: int, person: str = "") -> NoteKept:
        """Say that it holds no more, and why; what it said stays. Raises as `revise`."""
        return self._change(requester, id, words, seen, person, withdrawn=True)

    def _change(self, requester: Requester, id: str, words: str, seen: int, person: str, *, withdrawn: bool) -> NoteKept:
        released, before = self.one(requester, id, person)
        whose = released.value.plan.person

        def store() -> NoteKept:
            if before.version != seen:
                raise Overtaken(issue("ACT-003"))
            after = changed(before, self._said(requester, words), withdrawn=withdrawn)
            if not self._told(message_of(after)):
                raise Overtaken(issue("ACT-003"))
            return NoteKept(self._stored(requester, after), whose)

        what = "care plan note withdrawn" if withdrawn else "care plan note revised"
        return self.hub.disclosing.identity(requester, "write_action", [whose], what, store).value

    def _said(self, requester: Requester, words: str) -> Said:
        told, row = wanted(words), self.hub.disclosing.policy[requester.role, requester.purpose]
        if not row.restricted and says_way_in(told):
            raise Rejected(issue("ACT-009"))
        by = Professional(requester.user, requester.name, requester.role, requester.organisation, requester.organisation_name)
        return Said(iso(self.hub.clock()), by, row.title, told)

    def _stored(self, requester: Requester, note: TeamNote) -> StoredBody:
        return self.hub.disclosing.resource(requester, "CarePlan", note_ref(note).id).value

    def _told(self, submission: Submission) -> bool:
        """Whether it is this version that the log took: then it is in effect as Hub.hear says."""
        try:
            self.hub.hear(submission)
        except Overtaken:
            return False
        return True
