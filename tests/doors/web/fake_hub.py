"""The door out over the hand-written records, and what a test asks of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.reading import PersonHit, PersonQuery, PersonRecord
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from doors.web.builders import SCRIPT, disclosed, masked
from doors.web.records import PEOPLE

HITS = (
    PersonHit("rich", "O'Brien-Smith", "Margaret", "Mrs", "1941-03-09", "female", "9990000018", "NV1 2AB", "", ("GP", "Hospital")),
    PersonHit("dead", "O'Brien-Smith", "Margery", "", "1944-05", "female", "", "", "2026-11-14", ("GP",)),
    PersonHit("hostile", f"Zed{SCRIPT}", SCRIPT, SCRIPT, "", SCRIPT, "", SCRIPT, "", ()),
)


@dataclass
class FakeHub:
    """The door out over the records above. asked: (what, page or record) of each call. fails: raised instead of an answer.

    masked: keys of the sections that the reader's role does not see.
    """

    asked: list[tuple[object, ...]] = field(default_factory=list)
    fails: Exception | None = None
    masked: tuple[str, ...] = ()

    def _ask(self, *call: object) -> None:
        self.asked.append(call)
        if self.fails is not None:
            raise self.fails

    def search_people(self, requester: Requester, query: PersonQuery) -> Disclosed[tuple[PersonHit, ...]]:
        self._ask("search", query)
        return disclosed(() if query.family == "Nobody" else HITS)

    def person_record(self, requester: Requester, person_id: str, page: str) -> Disclosed[PersonRecord]:
        self._ask(person_id, page)
        person_id = {"joined-into-rich": "rich"}.get(person_id, person_id)  # a record that was merged into another
        if person_id not in PEOPLE:
            raise Missing(issue("API-003"))
        record = PEOPLE[person_id]()
        return masked(replace(record, plan=replace(record.plan, person=person_id)), self.masked)

    def as_sent(self, requester: Requester, person_id: str, record: str) -> Disclosed[bytes]:
        self._ask(person_id, record)
        return disclosed(b'{"resourceType":"Condition","note":"<script>alert(1)</script> 1.50"}')
