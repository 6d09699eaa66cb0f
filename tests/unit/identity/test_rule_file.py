"""The rules file: read whole or refused with line and key; two files compared; its model held to its hash."""

from __future__ import annotations

from dataclasses import fields
from math import log2

import pytest

from carehub.identity import decision, features, matching, rule_file
from carehub.identity.pairing import Comparer
from carehub.identity.rule_file import BadRules
from carehub.identity.weights import PHONE
from carehub.wiring.matching_rules import SHIPPED

_TEXT = (SHIPPED / "rules.toml").read_text(encoding="utf-8")
_MODEL = (SHIPPED / "neighbourhood-1.json").read_text(encoding="utf-8")


def _read(text: str) -> rule_file.RuleFile:
    return rule_file.read(text, where="rules.toml")


def test_the_shipped_file_names_every_rule_and_has_all_in_force() -> None:
    told = _read(_TEXT)
    assert told.off == {}
    assert told.settings.zones.off == frozenset()
    assert set(rule_file.RULES) == {decision.CERTAIN, decision.TRACED, *decision.VETOES, *decision.GUARDS}
    assert set(rule_file.RULES) <= decision.SENTENCES.keys()


def test_no_threshold_of_the_matcher_is_outside_the_file() -> None:
    zones = {one.name for one in fields(decision.Zones)} - {"once", "off"}
    rest = {one.name for one in fields(matching.Settings)} - {"zones"}
    flat = rule_file.differences(_TEXT, _other_numbers(_TEXT))
    assert {line.split(":")[0] for line in flat} == {f"zones.{name}" for name in zones} | {f"clusters.{name}" for name in rest}


def _other_numbers(text: str) -> str:
    """Every threshold another one."""
    for said, other in (
        ("auto = 3.0", "auto = 4.0"),
        ("review = 0.0", "review = 0.5"),
        ("margin = 2.0", "margin = 3.0"),
        ("touch = -4.0", "touch = -5.0"),
        ("clear = 6.0", "clear = 7.0"),
        ("share = 0.5", "share = 0.6"),
        ("most = 80", "most = 90"),
    ):
        assert said in text
        text = text.replace(said, other)
    return text


@pytest.mark.parametrize(
    ("said", "instead", "complaint"),
    [
        ("version = 8", "version = '4'", "line 4: version: is a whole number from 1"),
        ("version = 8", "version = true", "version: is a whole number"),
        ("auto = 3.0", "auto = -1.0", "zones.review: is above auto"),
        ("auto = 3.0", "auto = nan", "zones.auto: is not a number"),
        ("auto = 3.0", "automatic = 3.0", "zones.auto: is missing"),
        ("margin = 2.0", "margin = -2.0", "zones.margin: is below 0"),
        ("touch = -4.0", "touch = 1.0", "clusters.touch: is above zones.review"),
        ("share = 0.5", "share = 5", "clusters.share: is not between 0 and 1"),
        ("most = 80", "most = 1", "clusters.most: is a whole number from 2"),
        ("clear = 6.0", "clear = -6.0", "clusters.clear: is below 0"),
        ("birth-order = true", "birth-order = false", "rules.birth-order: is true, or a sentence that says why"),
        ("birth-order = true", "", "rules.birth-order: is missing"),
        ("birth-order = true", "birth-odour = true", "rules.birth-odour: unknown key"),
        ("said-apart = true", "said-apart = 'off'", "rules.said-apart: is always true"),
        ("once = []", "once = 'X26'", "sources.once: is a list of sources"),
        ('model = "neighbourhood-1"', 'model = "../secret"', "model: is one word"),
        ("[sources]", "[wrong.X26]\nphone = 1.5\n[sources]", "wrong.X26.phone: is a share"),
        ("[sources]", "[wrong.X26]\nsource = 0.5\n[sources]", "wrong.X26.source: unknown key"),
        ("[zones]", "[zones", "at line"),
    ],
)
def test_a_wrong_key_is_named(said: str, instead: str, complaint: str) -> None:
    assert said in _TEXT
    with pytest.raises(BadRules) as caught:
        _read(_TEXT.replace(said, instead, 1))
    assert str(caught.value).startswith("rules.toml: ")
    assert complaint in str(caught.value)


def test_a_complaint_has_its_line() -> None:
    place = next(number for number, line in enumerate(_TEXT.splitlines(), 1) if line.startswith("touch"))
    with pytest.raises(BadRules, match=f"line {place}: clusters.touch"):
        _read(_TEXT.replace("touch = -4.0", "touch = 1.0"))


def test_all_complaints_come_at_once() -> None:
    with pytest.raises(BadRules, match=r"zones\.margin.*clusters\.share"):
        _read(_TEXT.replace("margin = 2.0", "margin = -1").replace("share = 0.5", "share = 2"))


def test_a_rule_is_off_with_its_reason() -> None:
    text = _TEXT.replace("only-names = true", "only-names = 'The board of 3 May 2026: names here are rare.'")
    assert _read(text).settings.zones.off == {"only-names"}
    assert rule_file.differences(_TEXT, text) == ["rules.only-names: on → off: The board of 3 May 2026: names here are rare."]


def test_what_a_file_that_cannot_be_used_says_is_told_too() -> None:
    earlier = _TEXT.replace("traced-number = true\n", "").replace("auto = 3.0", "auto = 3.5")
    with pytest.raises(BadRules, match="traced-number: is missing"):
        _read(earlier)
    assert rule_file.differences(earlier, _TEXT) == ["rules.traced-number: none → on", "zones.auto: 3.5 → 3"]
    assert rule_file.differences("no rules", _TEXT)


def test_a_source_s_quality_and_sources_that_hold_each_person_once() -> None:
    told = _read(_TEXT.replace("once = []", "once = ['X26']\n[wrong.X27]\nphone = 0.1"))
    assert told.settings.zones.once == {"X26"}
    assert told.wrong == {"X27": {"phone": 0.1}}


def test_what_a_source_often_has_wrong_says_less_and_never_the_opposite() -> None:
    said = {"given": "Ada", "family": "Okafor", "born": "1944-11-03", "phone": "07700900123"}
    records = [features.read(name, said | {"source": source, "phone": phone}) for name, source, phone in _TELEPHONES]
    plain, wrong = (
        rule_file.with_model(_read(text), _MODEL, where="m.json").model for text in (_TEXT, _TEXT + "[wrong.X27]\nphone = 0.1\n")
    )
    before, after = Comparer(plain), Comparer(wrong)
    for record in records:
        record.bits = plain.bits(record)
    trusted, same, other = ((before.pair(records[0], one)[0], after.pair(records[0], one)[0]) for one in records[1:])
    assert list(trusted[0]) == list(trusted[1])
    for a, b in (same, other):
        assert [x for at, x in enumerate(a) if at != PHONE] == [x for at, x in enumerate(b) if at != PHONE]
        assert a[PHONE] is not None
        assert b[PHONE] is not None
        assert b[PHONE] == pytest.approx(log2(0.9 * 2 ** a[PHONE] + 0.1))
        assert abs(b[PHONE]) < abs(a[PHONE])
        assert a[PHONE] * b[PHONE] > 0


_TELEPHONES = (("a", "X26", "07700900123"), ("b", "X28", "07700900777"), ("c", "X27", "07700900123"), ("d", "X27", "07700900777"))


def test_the_model_must_be_the_one_that_is_named() -> None:
    told = _read(_TEXT)
    assert rule_file.with_model(told, _MODEL, where="m.json").version == told.version
    with pytest.raises(BadRules, match=r"m\.json: has the content hash"):
        rule_file.with_model(told, _MODEL + " ", where="m.json")
    for text, complaint in (("{}", "reads 1"), ("[", "Expecting value")):
        digest = rule_file.digest(text)
        with pytest.raises(BadRules, match=complaint):
            rule_file.with_model(_read(_TEXT.replace(told.model_sha256, digest)), text, where="m.json")
    with pytest.raises(BadRules, match="is the model 'neighbourhood-1', the rules want 'another'"):
        rule_file.with_model(_read(_TEXT.replace('"neighbourhood-1"', '"another"')), _MODEL, where="m.json")
