"""DOOR IN for the person's own words: an MDT member enters an About Me, which becomes a message. Nothing else ever changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from carehub.careplan.about_me import SPOKEN
from carehub.careplan.plan import Entry, UnifiedCarePlan
from carehub.feeds.message import Submission, message_id
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.about_me_feed import Written, message_of
from carehub.hub.beside import surest
from carehub.hub.hub import Hub
from carehub.hub.reading import PersonRecord
from carehub.terms.errors import Overtaken, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso
from carehub.terms.organisations import SourceKind

_MOST_WORDS = 10_000
_TRIES = 100


@dataclass(frozen=True, slots=True)
class WriteAboutMe:
    """The verb, over a hub."""

    hub: Hub

    def write(
        self, requester: Requester, person: str, told: Mapping[str, str], supported_by: str = "", seen: int | None = None
    ) -> Disclosed[PersonRecord]:
        """Keep an About Me as the newest version; earlier ones stay to be read. told: element key (careplan.about_me.SPOKEN) to the person's words.

        The first after another begins where the writer took it up: what is left out of it is "Not written yet". Returns the record as it reads then.
        seen: how many versions the writer saw; Overtaken (CON-004) where there is another by now, also one of the same instant. None: it follows
        whatever is there.
        Raises Refused; Missing for an unknown person; Rejected (API-005) for no words, a key that is none of the seven, or more than can be read.
        """
        keys = {key for key, _ in SPOKEN}
        words = {key: text.strip() for key, text in told.items() if text.strip()}
        if not words or not words.keys() <= keys or any(len(text) > _MOST_WORDS for text in (*words.values(), supported_by)):
            raise Rejected(issue("API-005", at="told"))
        plan = self._plan(requester, person)
        if seen is not None and seen != len(versions(plan)):
            raise Overtaken(issue("CON-004"))

        def told_after(before: UnifiedCarePlan) -> Submission:
            written = Written(surest(before), words, supported_by.strip(), who, iso(self.hub.clock()))
            return message_of(written, requester.user, [one.attributions[0].record for one in versions(before)])

        def store() -> None:
            before, mine = plan, told_after(plan)
            for _ in range(_TRIES):
                if self._told(mine):
                    return
                now = self._plan(requester, plan.person)
                if len(versions(now)) == len(versions(before)):
                    continue  # the first's is stored and on its way into the plan
                if seen is not None:
                    break
                before, mine = now, told_after(now)
            raise Overtaken(issue("CON-004"))

        who = f"{requester.name} ({requester.organisation_name or requester.organisation})"
        self.hub.disclosing.identity(requester, "write_about_me", [plan.person], "About Me written", store)
        return self.hub.disclosing.person_record(requester, plan.person, "about_me")

    def _plan(self, requester: Requester, person: str) -> UnifiedCarePlan:
        return self.hub.disclosing.person_record(requester, person, "about_me").value.plan

    def _told(self, submission: Submission) -> bool:
        """Whether it is this one that the log took. Where it is another that follows the same versions, that one is heard, as Hub.hear says, so that
        whoever came second can read it."""
        try:
            self.hub.hear(submission)
        except Overtaken:
            first = self.hub.message_body(message_id(submission.id, 0))
            self.hub.hear(replace(submission, body=first))
            return False
        return True


def versions(plan: UnifiedCarePlan) -> list[Entry]:
    """What the person had written in carehub, the newest first; what sources say under the same headings is not among it."""
    told = [entry for entry in plan.section("about_me").entries if entry.attributions[0].source.kind is SourceKind.PERSON]
    return [one for entry in told for one in (entry.members or (entry,))]
