"""The retention schedule: held to what it may say, and the day on which each class falls due. What is not known keeps a record."""

from __future__ import annotations

from datetime import date

import pytest

from carehub.governance.retention import BadSchedule, Life, due_of, read, shipped

CLASS = {one.key: one for one in shipped().classes}
ADULT = Life(date(2016, 3, 1), "1944-05-01", "")


def due(key, **more):
    life = {"last_contact": ADULT.last_contact, "born": ADULT.born, "died": "", **more}
    return due_of(CLASS[key], Life(**life))


@pytest.mark.parametrize(
    ("key", "more", "day"),
    [
        ("gp", {}, None),
        ("gp", {"died": "2014-02-03"}, "2024-02-03"),
        ("gp", {"died": "2014"}, "2024-12-31"),
        ("gp", {"died": "2014-02"}, "2024-02-28"),
        ("gp", {"died": "soon"}, None),
        ("health", {}, "2024-03-01"),
        ("health", {"last_contact": date(2016, 2, 29)}, "2024-02-29"),
        ("health", {"last_contact": None}, None),
        ("health", {"born": ""}, None),
        ("health", {"born": "2010-06-15"}, "2035-06-15"),
        ("health", {"born": "1998-06-15"}, "2024-06-15"),
        ("health", {"born": "1998-03-02"}, "2024-03-02"),
        ("health", {"born": "1998-03-01"}, "2024-03-01"),
        ("health", {"born": "1999-03-01"}, "2025-03-01"),
        ("health", {"born": "1999-03-02"}, "2024-03-02"),
        ("social-care", {"born": ""}, "2024-03-01"),
        ("mental-health", {}, "2036-03-01"),
        ("mental-health", {"died": "2016-06-01"}, "2026-06-01"),
        ("mental-health", {"died": "2030-06-01"}, "2036-03-01"),
        ("voluntary", {}, None),
    ],
)
def test_the_day_on_which_a_record_of_a_class_is_due(key, more, day):
    found = due(key, **more)
    assert (found.day.isoformat() if found.day else None) == day
    assert found.why


def test_a_leap_day_that_is_not_there_is_the_day_after():
    made = read('version="1"\nsource="x"\n[[class]]\nkey="a"\ntitle="a"\nbasis="a"\nkinds=["gp"]\nyears_after_last_contact=1\n', where="x")
    assert due_of(made.classes[0], Life(date(2016, 2, 29), "", "")).day == date(2017, 3, 1)
    assert due_of(None, ADULT).day is None


def test_a_feed_that_is_named_comes_before_the_kind_of_its_source():
    text = 'version="1"\nsource="x"\n' + "".join(
        f'[[class]]\nkey="{key}"\ntitle="t"\nbasis="b"\n{holds}\n'
        for key, holds in (("kind", 'kinds=["acute"]'), ("feed", 'feeds=["mh/notes"]'))
    )
    made = read(text, where="x")
    assert made.class_of("acute", ["mh/notes", "x/y"]).key == "feed"
    assert made.class_of("acute", ["x/y"]).key == "kind"
    assert made.class_of("gp", []) is None


HEAD = 'version = "1"\nsource = "x"\n'
ROW = '[[class]]\nkey = "a"\ntitle = "a"\nbasis = "a"\nkinds = ["gp"]\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no", "not TOML"),
        (ROW, "version"),
        (HEAD, "no class"),
        (HEAD + "class = []", "no class"),
        (HEAD + 'class = ["x"]', "table"),
        (HEAD + "more = 1\n" + ROW, "more"),
        (HEAD + ROW + "years = 1", "years"),
        (HEAD + ROW + ROW, "same key"),
        (HEAD + ROW + "years_after_death = 0", "years_after_death"),
        (HEAD + ROW + "years_after_death = true", "years_after_death"),
        (HEAD + ROW + 'years_after_last_contact = "8"', "years_after_last_contact"),
        (HEAD + ROW + "children = 1", "children"),
        (HEAD + ROW + 'feeds = "x"', "feeds"),
        (HEAD + ROW.replace('"gp"', '"shop"'), "shop"),
        (HEAD + ROW.replace('kinds = ["gp"]', ""), "holds nothing"),
        (HEAD + ROW.replace('key = "a"', "key = 1"), "key"),
        (HEAD + ROW + "with_longest = true\nyears_after_death = 1", "exclude"),
    ],
)
def test_a_file_that_says_what_nothing_reads_is_refused_with_its_place(text, words):
    with pytest.raises(BadSchedule, match=words):
        read(text, where="mine.toml")
