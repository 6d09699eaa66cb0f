"""Each of the other clauses meets an adapter or a folder that breaks it, made from a careful one by changing one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from carehub.feeds.adapter import Adapter
from carehub.feeds.coverage import read_uses
from carehub.feeds.mapped import Mapped, MappedRecord, RecordMerge
from carehub.feeds.message import Message
from carehub.kit.cases import AdapterFolder, message
from carehub.kit.grading import GRADES, check, clauses, examine, grade_of
from carehub.terms import nhs_number
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef, derived_id
from unit.kit import careful
from unit.kit.careful import BODY, USES, adapter, case, folder, person, plans, told_otherwise
from unit.kit.test_checks import BROKEN, HOSTILE

Broken = tuple[Adapter, AdapterFolder]


def _bytes(change: Callable[[bytes], bytes]) -> Adapter:
    """The careful adapter, given other bytes than came."""
    return adapter(lambda got: careful.careful(replace(got, body=change(got.body))))


def _crashes(when: Callable[[bytes], bool]) -> Adapter:
    def mapping(got: Message) -> Mapped:
        if when(got.body):
            raise IndexError
        return careful.careful(got)

    return adapter(mapping)


def _uses(old: str, new: str) -> AdapterFolder:
    assert old in USES
    return folder(uses=read_uses(USES.replace(old, new), where="fields.csv"))


def _exempt(**reasons: str) -> AdapterFolder:
    return folder(manifest=careful.manifest().model_copy(update={"grade": careful.manifest().grade.model_copy(update={"exempt": reasons})}))


def _module(path: str, text: str) -> AdapterFolder:
    return folder(modules=(("adapter.py", ""), (path, text)))


def _only(*bodies: bytes) -> AdapterFolder:
    return folder(cases=tuple(case(body, str(n)) for n, body in enumerate(bodies)))


def _greenwich(mapped: Mapped) -> Mapped:
    return replace(mapped, recorded="2026-07-01T12:00:00.000Z") if mapped.recorded == "2026-07-01T11:00:00.000Z" else mapped


def _renamed(mapped: Mapped) -> Mapped:
    """An id made from the words of the plan."""
    return plans(mapped, lambda r: replace(r, ref=r.ref.of_type("CarePlan", derived_id(str(r.resource.get("category"))))))


def _appending(earlier: dict[str, Any], update: dict[str, Any], clears: tuple[str, ...]) -> dict[str, Any]:
    return {**update, "category": [*earlier.get("category", ()), *update.get("category", ())]}


def _appending_later(earlier: dict[str, Any], update: dict[str, Any], clears: tuple[str, ...]) -> dict[str, Any]:
    """Right over nothing, and over what it said itself; over what another message said it piles up."""
    others = [held for held in earlier.get("category", ()) if held not in update.get("category", ())]
    return {**earlier, **update, "category": [*others, *others, *update.get("category", ())]}


def _filling_in(earlier: dict[str, Any], update: dict[str, Any], clears: tuple[str, ...]) -> dict[str, Any]:
    """The right state, made in the update itself."""
    for name, value in earlier.items():
        update.setdefault(name, value)
    return dict(update)


def _taking_the_last(earlier: dict[str, Any], update: dict[str, Any], clears: tuple[str, ...]) -> dict[str, Any]:
    """What is cleared is the last category that was told."""
    held = [*earlier.get("category", ()), *(one for one in update.get("category", ()) if one not in earlier.get("category", ()))]
    return {**earlier, **update, "category": held[:-1] if clears else held}


_LAST_TAKEN_AWAY = BODY.replace(b"07-02", b"07-06").replace(b"at home", b"")


def _clearing(got: Message) -> Mapped:
    told = careful.careful(got)
    return plans(told, lambda r: replace(r, clears=("category.last",))) if got.body == _LAST_TAKEN_AWAY else told


def _bare(record: MappedRecord) -> MappedRecord:
    """The plan with its SNOMED CT code alone."""
    listed = record.resource.get("category", [])
    return replace(record, resource={**record.resource, "category": [{"coding": concept["coding"]} for concept in listed]})


def _mark_heard(got: Message) -> Mapped:
    told = careful.careful(got)
    return person(told, gender="unknown") if got.body.startswith(b"\xef\xbb\xbf") else told


def _placeholder_taken(got: Message) -> Mapped:
    told = careful.careful(got)
    return person(told, identifier=_PLACEHOLDER) if b"1234567890" in got.body else told


_MERGE = RecordMerge(RecordRef("X99001", "P1", "Patient"), RecordRef("X99001", "P1", "Patient"))
_LABELLED = b'{"resourceType":"Bundle","id":"P1","meta":{"security":[{"code":"NOPAT"}]}}'
_PLACEHOLDER = [{"system": nhs_number.SYSTEM, "value": "1234567890"}]

MORE: dict[str, Broken] = {
    # What a result says.
    "source_named": (told_otherwise(lambda m: replace(m, source=SourceOrganisation("", "", SourceKind.GP))), folder()),
    "declared_kinds": (told_otherwise(lambda m: replace(m, kind="plan-of-another-kind")), folder()),
    "says_something": (told_otherwise(lambda m: replace(m, records=(), merges=())), folder()),
    "merges_name_two": (told_otherwise(lambda m: replace(m, merges=(_MERGE,))), folder()),
    "scopes_are_closed_honestly": (told_otherwise(lambda m: replace(m, closes=("",))), folder()),
    "nhs_numbers_checked": (told_otherwise(lambda m: person(m, identifier=_PLACEHOLDER)), folder()),
    "declared_domain": (told_otherwise(lambda m: person(m, identifier=[{"system": "https://example.org/other", "value": "1"}])), folder()),
    "labels_carried": (adapter(), _only(_LABELLED)),
    # Rough handling.
    "encodings_are_safe": (_crashes(lambda body: b"\x00" in body), folder()),
    "a_mark_changes_nothing": (adapter(_mark_heard), folder()),
    "characters_survive": (_bytes(lambda body: body.decode("utf-8", "replace").encode("ascii", "replace")), folder()),
    "missing_fields_are_safe": (_crashes(lambda body: b'"family"' not in body and b'"id"' in body), folder()),
    "size_is_safe": (_crashes(lambda body: len(body) > 50_000), folder()),
    "placeholders_never_identify": (adapter(_placeholder_taken), folder()),
    # Clocks.
    "clock_changes_are_safe": (_crashes(lambda body: b"2026-03-29T01:30" in body), folder()),
    "summer_time": (told_otherwise(_greenwich), folder()),
    "twice_is_once": (adapter(revise=_appending), folder()),
    "late_is_told_from_early": (told_otherwise(lambda m: replace(m, recorded="")), folder()),
    # Cases together.
    "owners_named": (adapter(), folder(manifest=careful.manifest().model_copy(update={"clinical_owner": " "}))),
    "ids_survive_an_update": (told_otherwise(_renamed), folder()),
    "withdrawn_case": (adapter(), _only(BODY, careful.LATER)),
    "withdrawn_is_not_empty": (adapter(), _only(careful.GONE)),
    "merge_case": (adapter(), _only(BODY, careful.GONE)),
    "label_case": (adapter(), _only(BODY.replace(b"true", b"false"))),
    "original_kept": (told_otherwise(lambda m: plans(m, _bare)), folder()),
    # Code.
    "no_network": (adapter(), _module("patient.py", "def f():\n    import urllib.request\n")),
    "no_clock_dice_or_disk": (adapter(), _module("patient.py", "from datetime import datetime\nx = datetime.now()\n")),
    "given_imports": (adapter(), _module("patient.py", "from carehub.hub.hub import Hub\n")),
    "code_is_readable": (adapter(), _module("patient.py", "def (:\n")),
    # fields.csv.
    "keys_decide_ids": (told_otherwise(_renamed), folder()),
    "fields_are_listed": (adapter(), _uses("kept,dropped,ours\n", "")),
    "listed_fields_occur": (adapter(), _uses("kept,", "never,mapped,\nkept,")),
    "mapped_fields_matter": (adapter(), _uses("kept,dropped,ours", "kept,mapped,")),
    "dropped_fields_do_not": (adapter(), _uses("words,mapped,", "words,dropped,free text")),
    "labels_in_fields_count": (adapter(), _uses("words,mapped,", "words,label,")),
    # Grades.
    "exemptions_have_words": (adapter(), _exempt(merge_case="none")),
    "counts_reconcile": (adapter(counts=lambda _: {"Condition": 1}), folder()),
}  # fmt: skip


def test_every_clause_meets_a_hostile_adapter() -> None:
    assert {*MORE, *HOSTILE, *BROKEN} == set(clauses())


@pytest.mark.parametrize("name", [name for name in clauses() if name != "counts_reconcile"])
def test_a_careful_adapter_meets_every_clause(name: str) -> None:
    assert check(name, clauses()[name], adapter(), folder()).reasons == ()


def test_the_careful_adapter_is_silver_and_gold_when_it_counts_and_is_measured() -> None:
    counting = adapter(counts=lambda got: {"Patient": 1})
    assert examine(adapter(), folder()).reached == "silver"
    assert examine(counting, folder(), exercised=0.95).reached == "gold"
    assert examine(counting, folder(), exercised=0.85).reached == "silver"


@pytest.mark.parametrize("name", MORE)
def test_a_hostile_adapter_is_noticed(name: str) -> None:
    found = check(name, clauses()[name], *MORE[name])
    assert found.standing == "broken"
    assert not any(reason.startswith("the adapter failed") for reason in found.reasons)


@pytest.mark.parametrize(
    ("revise", "wrong"),
    [(_appending_later, "the same update twice is not the same as once"), (_filling_in, "revise changes what it is given")],
)
def test_an_update_is_laid_over_what_other_cases_told(revise: Any, wrong: str) -> None:
    alone, both = _only(BODY), _only(BODY, careful.LATER, careful.JOINED.replace(b"at home", b""))
    clause = clauses()["twice_is_once"]
    assert check("twice_is_once", clause, adapter(revise=revise), alone).standing == "met"
    found = check("twice_is_once", clause, adapter(revise=revise), both).reasons
    assert found
    assert {reason.rpartition(": ")[2] for reason in found} == {wrong}


def test_what_takes_the_last_away_is_not_laid_twice_over_what_was_told() -> None:
    clause, cases = clauses()["twice_is_once"], _only(BODY, careful.LATER, _LAST_TAKEN_AWAY)
    assert check("twice_is_once", clause, adapter(_clearing, revise=_taking_the_last), cases).reasons == ()


def test_what_is_exempt_with_words_is_not_a_finding_and_bronze_is_never_exempt() -> None:
    words = "The source has no merge message."
    silent = (
        adapter(),
        replace(_exempt(**{"merge-case": words, "same_twice": words}), cases=_only(BODY, careful.LATER, careful.GONE).cases),
    )
    assert check("merge_case", clauses()["merge_case"], *silent).standing == "exempt"
    turns = iter(range(10_000))
    forgetful = adapter(lambda got: person(careful.careful(got), language=str(next(turns))))
    assert check("same_twice", clauses()["same_twice"], forgetful, silent[1]).standing == "broken"
    assert check("exemptions_have_words", clauses()["exemptions_have_words"], *silent).reasons == (
        "same_twice is no clause that may be exempt",
    )


def test_strict_asks_for_silver_whatever_is_claimed() -> None:
    report = examine(adapter(), _only(BODY, b"x"))
    assert report.claimed == "bronze"
    assert report.findings() == ()
    assert {one.grade for one in report.findings(strict=True)} == {"silver"}
    assert "merge_case" in {one.name for one in report.findings(strict=True)}


def test_a_failing_adapter_breaks_clauses_and_stops_none() -> None:
    report = examine(_crashes(lambda _: True), folder())
    assert report.reached == ""
    assert len(report.checked) == len(clauses()) + 1
    assert ("the adapter failed: IndexError",) in [one.reasons for one in report.checked]


def test_grades_are_in_order() -> None:
    assert [grade_of(name) for name in clauses()] == sorted((grade_of(name) for name in clauses()), key=GRADES.index)
    assert len(clauses()) >= 55


def test_a_message_of_a_named_feed() -> None:
    assert message(careful.manifest(), b"", feed="plans").feed == "hospice/plans"
