"""Rules put in force by a message: everybody is decided by them at that place in the log, some at a time, and a rebuild does the same again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from carehub.hub import awaiting, rules_feed, rules_in_force
from carehub.hub.ended_review import ended
from carehub.hub.hub import Hub
from carehub.hub.rules_feed import Activation, message_of
from carehub.hub.rules_in_force import scales_of, standing_out
from carehub.hub.rulings_feed import message_of as ruling_message
from carehub.identity import rule_file
from carehub.identity.links import LinkSource
from carehub.identity.rule_changes import State
from carehub.identity.rule_file import BadRules
from carehub.identity.rulings import Answer, Ruling, Steward, Word
from carehub.store.memory import MemoryStore
from carehub.store.ports import Store
from carehub.store.rules_standing import DONE, RulesStanding
from carehub.terms.errors import Missing
from carehub.terms.moments import iso
from carehub.wiring.activating import refuse
from carehub.wiring.bootstrap import refuse_two_of_one_version
from carehub.wiring.matching_rules import decided_by, load_rules, load_texts, standing_rules
from carehub.wiring.trying_rules import compare, link_anew
from contracts.stores import opened, postgresql_schema
from hub.toy_hub import ada, submit, toy_hub

_RULES, _TEXT, _MODEL = load_texts()
_HOME = {"address": [{"line": ["3 Alder Road"], "postalCode": "ZB1 1AA"}], "telecom": [{"system": "phone", "value": "+447700900123"}]}


def _numberless(source: str, patient: str, **more: object) -> dict[str, object]:
    return ada(source, patient, nhs="", extra=_HOME, kind="local_authority", **more)


def _written(number: int, more: str = "", **keys: str) -> str:
    """The shipped rules under another version, with these keys told otherwise; more: what comes after."""
    text = _TEXT
    for key, value in {"version": str(number), **keys}.items():
        text, found = re.subn(rf"^{key.replace('_', '-')} = [^#\n]*", f"{key.replace('_', '-')} = {value} ", text, flags=re.M)
        assert found == 1, key
    return text + more


_JO = Steward("jo", "Jo", "identity-steward", "X9A01")
STRICT = _written(30, auto="60.0")


def _put(hub: Hub, text: str, reason: str = "tried first") -> None:
    hub.receive([message_of(Activation(text, _MODEL, "jo", iso(hub.clock()), reason))])
    hub.drain()


def _told(hub: Hub) -> tuple[object, ...]:
    links = hub.store.links
    groups = {
        person: [(link.patient, link.rule, link.rules_version, link.source) for link in links.links_of(person)]
        for person in links.persons()
    }
    return groups, links.reviews(), links.rules()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "postgresql":
        with postgresql_schema() as url, opened(url) as held:
            yield held
    else:
        with opened("" if request.param == "memory" else f"sqlite:///{tmp_path / 'carehub.db'}") as held:
            yield held


@pytest.fixture
def hub(store: Store) -> Hub:
    made = toy_hub(store=store)  # type: ignore[arg-type]
    made.scales = scales_of(_RULES)
    return made


def test_links_move_to_review_and_back_and_a_rebuild_says_the_same(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_in_force, "TOGETHER", 2)  # so that one activation takes several commits
    submit(
        hub,
        _numberless("gp", "1"),
        _numberless("ac", "2"),
        ada("gp", "3", born="1951-02-03", given="Grace"),
        _numberless("x", "9", given="Bo"),
    )
    submit(hub, ada("ac", "4", born="1951-02-03", given="Grace"))
    hub.drain()
    links = hub.store.links
    assert links.rules() == RulesStanding(0, _RULES.version, hub.scales.content)  # type: ignore[union-attr]
    before = _told(hub)
    two = next(person for person in links.persons() if any(link.rule == "evidence" for link in links.links_of(person)))
    _put(hub, STRICT)
    standing = links.rules()
    assert standing is not None
    assert (standing.version, standing.reached) == (30, DONE)
    assert links.lane_position() == hub.log.last_position()
    assert not any(link.rule == "evidence" for person in links.persons() for link in links.links_of(person))
    assert any(link.rule == "agreement" for person in links.persons() for link in links.links_of(person))
    assert two in links.persons()
    strict = _told(hub)
    assert len(links.reviews()) > len(before[1])  # type: ignore[arg-type]
    submit(hub, _numberless("vs", "5"))  # what comes later is decided by them too
    hub.drain()
    assert not any(link.rule == "evidence" for person in links.persons() for link in links.links_of(person))
    _put(hub, _TEXT)
    after = _told(hub)
    assert {tuple(r[0] for r in records) for records in after[0].values()} >= {
        tuple(r[0] for r in before[0][p]) for p in before[0] if p != two
    }  # type: ignore[attr-defined, index]
    assert strict != after
    rebuilt = hub.rebuild()
    assert rebuilt.same
    assert _told(hub) == after


def _tell_many(hub: Hub) -> None:
    """One person thrice, one who is asked about, one linked by a steward, and one whom nobody is like."""
    submit(
        hub,
        *(_numberless(source, str(n)) for n, source in enumerate(("gp", "ac", "cs"))),
        _numberless("x", "asked", given="Augusta"),
        _numberless("vs", "ruled", born="1951-02-03", given="Grace"),
        _numberless("gp", "other", born="1951-02-03", given="Ottoline"),
        ada("x", "alone", nhs="", born="1980-07-08", given="Bo", kind="local_authority"),
    )
    hub.drain()
    links = hub.store.links
    ruled = {m.demographics.given: p for p, m in links.members(_patients(hub)).items() if m.demographics.birth_date == "1951-02-03"}
    ruling = Ruling(Answer.SAME, by=_JO, at=iso(hub.clock()), reason="seen", records=(ruled["Grace"],), others=(ruled["Ottoline"],))
    hub.receive([ruling_message(Word(ruling=ruling), _JO, iso(hub.clock()))])
    hub.drain()


def _patients(hub: Hub) -> list[str]:
    return [link.patient for person in hub.store.links.persons() for link in hub.store.links.links_of(person)]


@pytest.mark.parametrize(
    ("first", "new", "seen"),
    [
        (_TEXT, STRICT, {(State.LINKED, State.ASKED)}),
        (STRICT, _TEXT, {(State.ASKED, State.LINKED)}),
        (_TEXT, _written(33, auto="60.0", review="59.0"), {(State.ASKED, State.APART)}),
        (_TEXT, _written(34, given_name_differs='"tried"'), {(State.ASKED, State.LINKED)}),
    ],
)
def test_what_a_dry_run_says_is_what_activation_does(hub: Hub, first: str, new: str, seen: set[tuple[State, State]]) -> None:
    untouched = toy_hub()
    for one in (hub, untouched):
        one.scales = scales_of(Activation(first, _MODEL, "", "", "").read())
        _tell_many(one)
    rules = Activation(new, _MODEL, "", "", "").read()
    trial = MemoryStore()
    link_anew(untouched.store.links, trial.links, rules, quiet=True)
    foretold = compare(untouched.store.links, trial.links, rules, 50)
    _put(hub, new)
    assert compare(untouched.store.links, hub.store.links, rules, 50) == foretold
    assert seen <= foretold.counts.keys()
    assert {(r.a, r.b, r.rule, r.total) for r in hub.store.links.reviews()} == {(r.a, r.b, r.rule, r.total) for r in trial.links.reviews()}


def test_a_review_that_other_rules_end_says_by_which_and_why(hub: Hub) -> None:
    _tell_many(hub)
    links = hub.store.links
    before = {awaiting.review_id(r.a, r.b): r for r in links.reviews()}
    _put(hub, _written(35, auto="60.0", given_name_differs='"tried"'), "tried first")
    _put(hub, _written(36, given_name_differs='"tried"'), "as agreed on Tuesday")
    standing = {awaiting.review_id(r.a, r.b) for r in links.reviews()}
    gone = before.keys() - standing
    assert gone
    for id in gone:
        told = ended(id, links, hub.log)
        assert told is not None
        assert (told.version, told.by, told.reason, told.together) == (36, "jo", "as agreed on Tuesday", True)
        with pytest.raises(Missing) as caught:
            awaiting.question(id, links)
        assert caught.value.issues[0].number == "IDN-012"
    assert all(awaiting.question(id, links) for id in standing)
    told_before = [ended(id, links, hub.log) for id in sorted(gone)]
    assert hub.rebuild().same
    assert [ended(id, links, hub.log) for id in sorted(gone)] == told_before
    assert ended("nothing", links, hub.log) is None


def test_a_rebuild_that_is_read_in_any_portions_gives_the_same_persons(store: Store, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    submit(hub, *(_numberless(source, str(n)) for n, source in enumerate(("gp", "ac", "cs", "vs"))))
    _put(hub, STRICT)
    submit(hub, _numberless("gp", "later"))
    hub.drain()
    told = _told(hub)
    monkeypatch.setattr(rules_in_force, "TOGETHER", 1)
    assert hub.rebuild().same
    assert _told(hub) == told


def test_of_a_source_whose_telephone_numbers_are_often_wrong_they_say_less(hub: Hub) -> None:
    """[wrong.ac] phone = 0.9, through the lane: the total of the link falls by what the telephone says less, and nothing else changes."""
    submit(hub, _numberless("gp", "1"), _numberless("ac", "2"), _numberless("cs", "3", given="Ottoline"))
    hub.drain()

    def weighed() -> dict[str, float]:
        [link, *_] = [link for p in hub.store.links.persons() for link in hub.store.links.links_of(p) if link.rule == "evidence"]
        return {part.field: part.bits for part in link.evidence}

    before = weighed()
    _put(hub, _written(31, "\n[wrong.ac]\nphone = 0.9\n"))
    after = weighed()
    assert before["phone"] > after["phone"] > 0
    assert {k: v for k, v in before.items() if k != "phone"} == {k: v for k, v in after.items() if k != "phone"}


def test_a_ruling_stands_whatever_rules_come(hub: Hub) -> None:
    submit(hub, _numberless("gp", "1"), _numberless("ac", "2", given="Grace"))
    hub.drain()
    links = hub.store.links
    records = sorted(link.patient for person in links.persons() for link in links.links_of(person))
    ruling = Ruling(Answer.SAME, by=_JO, at=iso(hub.clock()), reason="seen", records=(records[0],), others=(records[1],))
    hub.receive([ruling_message(Word(ruling=ruling), _JO, iso(hub.clock()))])
    hub.drain()
    [person] = links.persons()
    _put(hub, STRICT)
    assert links.persons() == [person]
    assert {link.source for link in links.links_of(person)} == {LinkSource.MANUAL}


def test_what_was_decided_by_others_is_said_and_two_files_of_one_version_are_refused(hub: Hub) -> None:
    submit(hub, ada())
    hub.drain()
    assert standing_out(hub.store.links, hub.log, hub.scales) == ""
    newer = load_rules()
    other = rules_feed.Activation(STRICT, _MODEL, "", "", "").read()
    hub.scales = scales_of(other)
    assert "carehub identity activate" in standing_out(hub.store.links, hub.log, hub.scales)
    same_version = rules_feed.Activation(_written(_RULES.version, auto="3.5"), _MODEL, "", "", "").read()
    with pytest.raises(BadRules, match="raise the version"):
        refuse_two_of_one_version(hub.store.links.rules(), same_version)
    refuse_two_of_one_version(hub.store.links.rules(), newer)
    _put(hub, STRICT)
    assert standing_out(hub.store.links, hub.log, hub.scales) == ""
    assert standing_rules(None, hub.store)[0].version == 30
    with pytest.raises(BadRules, match="raise the version"):
        refuse(rules_feed.Activation(_written(30, auto="61.0"), _MODEL, "", "", "").read(), hub.store)
    hub.scales = scales_of(newer)
    assert "were put in force here and decide" in standing_out(hub.store.links, hub.log, hub.scales)


def test_by_which_rules_a_store_was_decided_is_told_as_far_as_it_was_kept(hub: Hub, tmp_path: Path) -> None:
    submit(hub, ada())
    hub.drain()
    assert decided_by(None, hub.store) == (_RULES.version, _TEXT)
    newer = tmp_path / "rules.toml"
    newer.write_text(_written(38), encoding="utf-8")
    assert decided_by(newer, hub.store) == (_RULES.version, "")  # the settings name others now


def test_rules_that_fail_the_gate_are_refused_unless_the_file_says_why_the_rule_is_off(hub: Hub) -> None:
    weak = _written(32, touch="-5.0", review="-4.0", auto="-4.0")
    with pytest.raises(BadRules, match="fails the gate"):
        refuse(rules_feed.Activation(weak, _MODEL, "", "", "").read(), hub.store)
    refuse(_RULES, hub.store)


def test_a_message_that_holds_no_rules_is_kept_and_puts_nothing_in_force(hub: Hub) -> None:
    hub.receive([message_of(Activation("version = 7", _MODEL, "jo", iso(hub.clock()), ""))])
    submit(hub, ada())
    hub.drain()
    standing = hub.store.links.rules()
    assert standing is None or standing.position == 0
    assert hub.store.links.lane_position() == hub.log.last_position()


def test_rules_that_a_later_carehub_cannot_use_any_more_stop_nothing_and_are_told_of(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when an upgrade brings a rule that a file put in force before does not name."""
    submit(hub, ada())
    _put(hub, STRICT)
    [receipt] = hub.receive([message_of(Activation(_written(37), _MODEL, "jo", iso(hub.clock()), ""))])
    hub.map(receipt.messages)  # and the upgrade comes before the lane
    monkeypatch.setattr(rules_in_force, "_READ", {})
    monkeypatch.setattr(rule_file, "RULES", (*rule_file.RULES, "a-new-rule"))
    submit(hub, _numberless("gp", "1"), _numberless("ac", "2"))
    hub.drain()
    assert hub.store.links.lane_position() == hub.log.last_position()
    assert any(link.rule == "evidence" for person in hub.store.links.persons() for link in hub.store.links.links_of(person))
    assert "cannot be used by this one" in standing_out(hub.store.links, hub.log, hub.scales)
    newer = tmp_path / "rules.toml"
    newer.write_text(_written(38).replace("only-names = true", "only-names = true\na-new-rule = true"))
    assert standing_rules(newer, hub.store)[0].version == 38
    assert decided_by(newer, hub.store) == (30, STRICT)
    assert hub.rebuild().same
