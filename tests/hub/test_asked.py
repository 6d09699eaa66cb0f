"""What the store said a moment ago is not asked again, and whatever another store writes there is seen by the very next read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from carehub.hub.asked import Answers, Asked
from carehub.hub.hub import Hub
from carehub.hub.report_match import Doubt
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer, Why
from carehub.store.sql.migrating import upgrade
from carehub.terms.errors import Missing, Refused
from hub.elsewhere import opened
from hub.test_report_match import ACUTE, ALLERGY, GP, person
from hub.test_undone_link import COUNCIL, STEWARD
from hub.toy_hub import CLOSED, NURSE, PENICILLIN, ada, required, submit


@dataclass
class Two:
    """Two hubs over one file, as two processes are. questions: what was read of it by the first."""

    here: Hub
    there: Hub
    questions: list[str]

    def read(self) -> bytes:
        return self.here.disclosing.resource(NURSE, "AllergyIntolerance", ALLERGY).value.body

    def number(self) -> str:
        with pytest.raises((Refused, Missing)) as caught:
            self.read()
        return caught.value.issues[0].number


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    here, there = opened(url), opened(url)
    submit(here, ada("gp"), ada("acute", "A1", kind="acute", records=[PENICILLIN]))
    here.drain()
    place, questions = here.store.places["record"], list[str]()
    asked = place.rows

    def rows(statement: Any, **named: Any) -> list[Any]:
        questions.append(statement.sql)
        return asked(statement, **named)

    monkeypatch.setattr(place, "rows", rows)
    yield Two(here, there, questions)
    for hub in (here, there):
        hub.store.close()


def written_down(hub: Hub) -> int:
    return len(hub.store.audit.about(person(hub), 1000))


def test_a_second_read_asks_the_store_nothing_and_is_written_down_all_the_same(two: Two) -> None:
    first, before = two.read(), written_down(two.there)
    two.questions.clear()
    assert (two.read(), two.questions) == (first, [])
    assert written_down(two.there) == before + 1


def hide(two: Two) -> None:
    Stewards(two.there).report(NURSE, Doubt(person(two.there), ACUTE, Why.OTHER_PERSON, "Not hers.", True))


def withdraw(two: Two) -> None:
    taken_back = {**PENICILLIN, "change": "withdrawn"}
    two.there.map(submit(two.there, ada("acute", "A1", kind="acute", at="2026-11-21T08:00:00.000Z", records=[taken_back])))


@pytest.mark.parametrize(("change", "number"), [(hide, "IDN-009"), (withdraw, "API-018")])
def test_what_another_process_writes_is_seen_by_the_very_next_read(two: Two, change: Callable[[Two], None], number: str) -> None:
    assert two.read() == two.read()
    change(two)
    assert two.number() == number


def test_a_link_that_another_process_makes_is_seen_by_the_very_next_read(two: Two) -> None:
    """The look is written down as one at the person whose record it is now."""
    submit(two.here, ada("council", "C1", kind="local_authority", nhs=""))
    two.here.drain()
    joined, apart = (two.there.store.links.person_of([one])[one] for one in (GP, COUNCIL))
    assert joined != apart

    def looks() -> list[int]:
        two.here.disclosing.resource(NURSE, "Patient", COUNCIL)
        return [len(two.there.store.audit.about(person, 1000)) for person in (apart, joined)]

    before = looks()
    assert looks() == [before[0] + 1, before[1]]
    Stewards(two.there).rule(STEWARD, Given(Answer.SAME, COUNCIL, GP, "Seen with the letter."))
    now = two.there.store.links.person_of([COUNCIL])[COUNCIL]
    looked = len(two.there.store.audit.about(now, 1000))
    two.here.disclosing.resource(NURSE, "Patient", COUNCIL)
    assert (now, len(two.there.store.audit.about(now, 1000))) == (joined, looked + 1)


def test_a_relationship_that_ends_is_seen_by_the_very_next_read(two: Two) -> None:
    two.read()
    required(two.here)
    assert two.number() in ("GOV-005", "GOV-006")


def test_a_restriction_is_seen_by_the_very_next_read(two: Two) -> None:
    def patient() -> bytes:
        return two.here.disclosing.resource(NURSE, "Patient", ACUTE).value.body

    where = {"address": [{"text": "12 Oak Street"}]}
    two.there.map(submit(two.there, ada("acute", "A1", kind="acute", at="2026-11-21T08:00:00.000Z", extra=where)))
    assert b"Oak Street" in patient() == patient()
    two.there.map(submit(two.there, ada("gp", at="2026-11-21T09:00:00.000Z", extra=CLOSED)))
    assert b"Oak Street" not in patient()


def test_what_is_hidden_while_the_look_is_written_down_is_not_released(two: Two) -> None:
    two.read()
    trail = two.here.disclosing.audit

    class Meanwhile:
        def append(self, rows: Any) -> None:
            hide(two)
            trail.append(rows)

    two.here.disclosing = replace(two.here.disclosing, audit=Meanwhile())  # type: ignore[arg-type]
    assert two.number() == "IDN-009"


def test_where_nobody_can_tell_whether_anything_was_written_all_is_asked_again() -> None:
    asked, told = Asked(), iter("ab")
    assert [asked.now().of("key", lambda: next(told)) for _ in range(2)] == ["a", "b"]


def test_answers_go_with_their_edition_and_what_failed_is_asked_again() -> None:
    edition, told = [1], iter("abc")
    asked = Asked(lambda: edition[0])

    def fails() -> str:
        raise OSError("away")

    with pytest.raises(OSError, match="away"):
        asked.now().of("key", fails)
    assert [asked.now().of("key", lambda: next(told)) for _ in range(2)] == ["a", "a"]
    edition[0] = 2
    assert [asked.now().of("key", lambda: next(told)) for _ in range(2)] == ["b", "b"]
    assert asked.now().of("other", lambda: next(told), lambda one: False) == "c"
    assert asked.now().of("other", lambda: "d") == "d"


def test_few_plans_are_kept_and_not_without_end_anything_else() -> None:
    answers = Answers(1)
    for n in range(10_000):
        answers.plan(str(n), lambda: "plan")
        answers.of(n, lambda: "told")
    assert (len(answers._plans) <= 16, len(answers._told) <= 2048) == (True, True)
