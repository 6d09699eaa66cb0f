"""An export at work: everybody once, whatever ends the worker; what is withheld is counted; nothing leaves that a reading would not show."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from carehub.governance.agreements import Agreements, SharingAgreement
from carehub.governance.policy import TABLE
from carehub.hub.sharing import Sharing
from carehub.terms.errors import Refused
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso
from carehub.terms.organisations import SourceKind
from hub.exporting_hub import COORDINATOR, EVERYTHING, FILES, GP, GROUP, NUMBERS, ExportingHub, allergy, change, message, steps, words
from hub.test_sharing import REFUSED
from hub.toy_hub import CLOSED, submit


@pytest.fixture
def held(tmp_path: Path) -> ExportingHub:
    return ExportingHub(tmp_path)


def said(written: dict[str, list[Any]]) -> list[tuple[str, str]]:
    """(catalogue number, words) of what is told not to be in it."""
    issues = [one for line in written.get("errors.ndjson", []) for one in line["issue"]]
    return [(one["details"]["coding"][0]["code"], one["diagnostics"]) for one in issues]


def test_everybody_is_in_it_once_with_every_record_and_where_it_came_from(held: ExportingHub) -> None:
    id = held.made()
    one, written = held.verbs.standing(GP, id), held.written(id)
    assert (one.state, one.progress.of, one.progress.done, [*written]) == ("done", 5, 5, FILES)
    assert words(written) == EVERYTHING
    patients = Counter(one["id"] for one in written["Patient.ndjson"])
    assert (len(patients), set(patients.values()), len(written["Provenance.ndjson"])) == (15, {1}, 20)
    assert {name: size.lines for name, size in one.progress.files.items()} == {name: len(lines) for name, lines in written.items()}
    sizes = {file.name: file.stat().st_size for file in (held.folder / id).iterdir()}
    assert {name: size.bytes for name, size in one.progress.files.items()} == sizes


def test_each_person_is_a_row_of_the_trail_and_so_are_the_asking_and_each_file_fetched(held: ExportingHub) -> None:
    id = held.made()
    assert held.audited("asked for") == [f"Group {GROUP} $export, asked for"]
    people = [row.person for row in held.hub.store.audit.chain() if row.person]
    assert sorted(people) == held.hub.store.links.persons()
    assert held.audited("Group $export") == ["Group $export"] * 5
    held.verbs.fetch(GP, id, "Patient.ndjson").value.file.close()
    assert held.audited("fetched") == [f"Group $export {id}, Patient.ndjson fetched"]


def test_only_the_types_and_the_time_that_were_asked_for(held: ExportingHub) -> None:
    assert [*held.written(held.made(types=("AllergyIntolerance",)))] == ["AllergyIntolerance.ndjson", "errors.ndjson"]
    assert [*held.written(held.made(types=("Provenance",)))] == ["Provenance.ndjson", "errors.ndjson"]
    since = iso(held.hub.clock())
    submit(held.hub, message(NUMBERS[0], at="2026-11-21T08:00:00.000Z", records=[allergy("Nuts0"), allergy("Milk0")]))
    held.hub.drain()
    written = held.written(held.made(since=since))
    assert words(written) == {"Milk0": 1}
    assert len(written["Patient.ndjson"]) == 5, "the person of everybody, and no source's Patient, which did not change"


def test_what_a_source_took_back_since_then_is_told_as_a_deletion(held: ExportingHub) -> None:
    since = iso(held.hub.clock())
    submit(held.hub, message(NUMBERS[0], "acute", at="2026-11-21T08:00:00.000Z", records=[allergy("Eggs0", change="withdrawn")]))
    held.hub.drain()
    patients = [link.patient for person in held.hub.store.links.persons() for link in held.hub.store.links.links_of(person)]
    [taken] = [one for one in held.hub.store.records.of_patients(patients) if one.withdrawn]
    written = held.written(held.made(since=since))
    assert [bundle["entry"] for bundle in written["deleted.ndjson"]] == [
        [{"request": {"method": "DELETE", "url": f"AllergyIntolerance/{taken.id}"}}]
    ]
    assert "deleted.ndjson" not in held.written(held.made(since=since, types=("Patient",)))
    assert "deleted.ndjson" not in held.written(held.made()), "who has nothing need delete nothing"


def test_what_the_role_does_not_see_is_in_no_file_and_is_counted(held: ExportingHub) -> None:
    submit(held.hub, message(NUMBERS[0], records=[allergy("Nuts0"), allergy("CANARY", **CLOSED)]))
    held.hub.drain()
    id = held.made(COORDINATOR)
    everything = b"".join(file.read_bytes() for file in (held.folder / id).iterdir())
    assert b"CANARY" not in everything
    assert b"Nuts0" in everything
    assert [told for number, told in said(held.written(id)) if number == "API-013" and told.endswith("(1 person, 1 record)")]
    assert words(held.written(held.made(GP)))["CANARY"] == 1, "who sees it on a page has it in a file"


def test_an_objection_is_obeyed_and_said(held: ExportingHub) -> None:
    submit(held.hub, message(NUMBERS[1], at="2026-11-21T08:00:00.000Z", records=[allergy("Nuts1"), REFUSED]))
    held.hub.drain()
    written = held.written(held.made())
    assert words(written) == EVERYTHING - Counter(["Nuts1"])
    assert [
        told
        for number, told in said(written)
        if number == "API-013" and told.startswith("The person has asked for this source not to be shared. (1 person")
    ]


def test_a_source_that_is_late_is_said(held: ExportingHub) -> None:
    assert not [told for _, told in said(held.written(held.made())) if "Late" in told or "Out of date" in told]
    held.later(timedelta(days=3))
    assert ("API-014", "gp: Out of date. (5 people)") in said(held.written(held.made()))


def test_an_agreement_that_ends_in_between_narrows_what_follows(held: ExportingHub) -> None:
    id = held.asked()
    assert held.running.work(id, steps(2))
    change(held, sharing=Sharing(Agreements((SharingAgreement("acute", "acute", SourceKind.ACUTE, True, False),))))
    assert not held.running.work(id)
    written = held.written(id)
    assert {what: sum(word.startswith(what) for word in words(written)) for what in ("Nuts", "Eggs")} == {"Nuts": 5, "Eggs": 2}
    assert [
        told
        for number, told in said(written)
        if number == "API-013" and told.startswith("No data sharing agreement with acute") and "(3 people" in told
    ]


def test_a_role_that_may_not_export_any_more_ends_it_and_nothing_stays(held: ExportingHub) -> None:
    id = held.asked()
    assert held.running.work(id, steps(2))
    row = TABLE["gp", "TREAT"]
    change(held, policy={**TABLE, ("gp", "TREAT"): replace(row, actions=row.actions - {"export_caseload"})})
    assert not held.running.work(id)
    assert (held.hub.store.exports.of(id).state, held.files.held()) == ("failed", [])
    assert held.audited(f"{id}, at work") == [f"Group $export {id}, at work"]
    with pytest.raises(Refused):
        held.verbs.standing(GP, id)
    change(held, policy=TABLE)
    assert held.verbs.standing(GP, id).state == "failed"


def test_whom_policy_does_not_let_read_is_left_out_and_counted(held: ExportingHub) -> None:
    id = held.asked()
    assert held.running.work(id, steps(3))
    row = TABLE["gp", "TREAT"]
    change(held, policy={**TABLE, ("gp", "TREAT"): replace(row, actions=row.actions - {"read_record"})})
    assert not held.running.work(id)
    assert len(held.written(id)["AllergyIntolerance.ndjson"]) == 6
    assert ("EXP-005", "(2 people)") in said(held.written(id))


def test_a_caseload_that_is_refused_makes_no_export(held: ExportingHub) -> None:
    def refused(asked: Any) -> Any:
        raise Refused(issue("API-002"))

    held.people = refused
    assert held.hub.store.exports.of(held.made()).state == "failed"


def test_who_may_be_missing_from_the_caseload_and_what_was_not_heeded_are_said(held: ExportingHub) -> None:
    held.people = lambda asked: ([], ("Who has no record here is not on it.",))
    written = held.written(held.made(left_out=("_elements",)))
    assert said(written) == [("API-015", "_elements was left out."), ("API-014", "Who has no record here is not on it.")]


def test_who_is_gone_and_whose_record_fails_are_counted_and_the_others_are_there(
    held: ExportingHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *others = held.hub.store.links.persons()
    held.people = lambda asked: (["unknown", first, second, *others], ())
    lines = held.running.lines

    def failing(plan: Any, bodies: Any) -> Any:
        if plan.person == second:
            raise RuntimeError("Ada Okafor")
        return lines(plan, bodies)

    object.__setattr__(held.running, "lines", failing)
    id = held.made()
    assert len(held.written(id)["AllergyIntolerance.ndjson"]) == 8
    assert {("EXP-006", "(1 person)"), ("EXP-007", "(1 person)")} <= set(said(held.written(id)))
    assert held.alarms == [f"export {id} left out a person: RuntimeError"]


def test_whoever_was_joined_meanwhile_is_not_there_twice(held: ExportingHub) -> None:
    first, *others = held.hub.store.links.persons()
    held.people = lambda asked: ([first, first, *others], ())
    assert words(held.written(held.made())) == EVERYTHING


def test_of_one_who_was_joined_to_somebody_written_already_nothing_is_there_twice_and_it_is_said(held: ExportingHub) -> None:
    id = held.asked()
    held.running.work(id, steps(4))
    before = len(held.written(f"{id}.part")["AllergyIntolerance.ndjson"])
    last = held.hub.store.links.persons()[-1]
    patients = [link.patient for link in held.hub.store.links.links_of(last)]
    one = held.hub.store.exports.of(id)
    held.hub.store.exports.advance(id, one.progress, patients[:1])
    assert not held.running.work(id)
    assert len(held.written(id)["AllergyIntolerance.ndjson"]) == before
    assert ("EXP-004", "(1 person)") in said(held.written(id))


def test_what_was_received_and_is_not_read_yet_is_later_than_the_export(held: ExportingHub) -> None:
    submit(held.hub, message(NUMBERS[0], records=[allergy("Nuts0"), allergy("Unread0")]))
    [waiting] = held.hub.store.log.read([head.id for head in held.hub.store.log.heads(held.hub.store.links.lane_position(), 9)]).values()
    held.later(timedelta(minutes=5))
    begun = held.hub.store.exports.of(held.made()).progress.begun
    assert begun == waiting.received_at
    held.hub.drain()
    assert words(held.written(held.made(since=begun)))["Unread0"] == 1
