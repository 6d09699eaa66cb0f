"""DOOR IN for whoever puts disagreements right: who is asked to, by when, or why the sources differ. What a source says is never touched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from carehub.careplan.disagreement.progress import Progress
from carehub.careplan.disagreement.steps import Professional, Step
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.conflict_feed import message_of
from carehub.hub.hub import Hub
from carehub.hub.reading import PersonRecord
from carehub.terms.errors import Missing, Overtaken, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import LONDON, iso

_MOST_NAMED, _MOST_WORDS = 200, 2000
_LAST_YEAR = 2199


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wants done about a conflict. seen: how many steps it had when they looked. An assignment has owner (a person or team),
    organisation and due (YYYY-MM-DD), and may say in text what is asked; an explanation has text alone."""

    seen: int
    text: str = ""
    owner: str = ""
    organisation: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class Disagreements:
    """The verbs about conflicts, over a hub. Each raises Refused, Missing for what is not there or not to be seen, and StoreBusy."""

    hub: Hub

    def one(self, requester: Requester, id: str, person: str = "") -> tuple[Disclosed[PersonRecord], Progress]:
        """A conflict by its id, standing or not, with the record it is of. person: whose it must be, "" for anybody's."""
        record = self.hub.disclosing.person_record(requester, person or self._person(id), f"disagreement {id}")
        return record, _found(record.value, id)

    def of_person(self, requester: Requester, person: str) -> Disclosed[PersonRecord]:
        """A person's record, whose progress holds every conflict."""
        return self.hub.disclosing.person_record(requester, person, "disagreements")

    def assign(self, requester: Requester, id: str, answer: Answer, person: str = "") -> Progress:
        """Ask somebody to put it right. Raises Rejected (CON-002) when it does not say whom or by when, and as `explain` does."""
        owner, organisation = answer.owner.strip(), answer.organisation.strip()
        named = all(value and len(value) <= _MOST_NAMED for value in (owner, organisation))
        if not (named and len(answer.text) <= _MOST_WORDS and self._due(answer.due)):
            raise Rejected(issue("CON-002"))
        return self._answer(requester, id, person, replace(answer, owner=owner, organisation=organisation, text=answer.text.strip()))

    def explain(self, requester: Requester, id: str, answer: Answer, person: str = "") -> Progress:
        """Say why the sources differ. Raises Rejected (CON-002) without words, Overtaken (CON-001) when somebody was first, (CON-003) when the
        sources do not disagree any more. Then nothing is stored."""
        text = answer.text.strip()
        if not text or len(answer.text) > _MOST_WORDS:
            raise Rejected(issue("CON-002"))
        return self._answer(requester, id, person, Answer(answer.seen, text))

    def _answer(self, requester: Requester, id: str, person: str, answer: Answer) -> Progress:
        held, found = self.one(requester, id, person)
        current = held.value.plan.person

        def store() -> Progress:
            if not found.standing:
                raise Overtaken(issue("CON-003"))
            if len(found.steps) != answer.seen:
                raise Overtaken(issue("CON-001"))
            try:
                self.hub.tell(message_of(_step(found, answer, _who(requester), iso(self.hub.clock()))))
            except Overtaken:
                raise Overtaken(issue("CON-001")) from None
            return self.one(requester, id, current)[1]

        return self.hub.disclosing.identity(requester, "answer_conflict", [current], f"disagreement {id} answered", store).value

    def _person(self, id: str) -> str:
        """Whose the conflict is: its id begins with a patient record that speaks in it."""
        patient = id.partition(".")[0]
        return self.hub.store.links.person_of([patient]).get(patient, patient)

    def _due(self, due: str) -> bool:
        try:
            day = date.fromisoformat(due)
        except ValueError:
            return False
        return len(due) == 10 and self.hub.clock().astimezone(LONDON).date() <= day and day.year <= _LAST_YEAR


def _found(record: PersonRecord, id: str) -> Progress:
    found = next((one for one in record.progress if one.conflict.id == id), None)
    if found is None:
        raise Missing(issue("API-003"))
    return found


def _step(found: Progress, answer: Answer, by: Professional, at: str) -> Step:
    kind = "assigned" if answer.owner else "explained"
    seen = replace(found.conflict, state="")
    return Step(kind, seen.id, answer.seen + 1, seen, by, at, answer.text, answer.owner, answer.organisation, answer.due)  # type: ignore[arg-type]


def _who(requester: Requester) -> Professional:
    return Professional(requester.user, requester.name, requester.role, requester.organisation, requester.organisation_name)
