"""The retention schedule: held to what it may say, and the day on which each class falls due. What is not known keeps a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from carehub.governance.retention import BadSchedule, Due, Life, RetentionClass, due_of, read, shipped

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


def only(more: str = "") -> RetentionClass:
    """The class of a file that says no more than it must, and this."""
    return read(HEAD + ROW + more, where="mine.toml").classes[0]


LONG_DEAD = Life(date(1950, 3, 1), "1944-05-01", "1950-06-01")


def test_a_class_without_a_period_is_kept_for_ever_and_so_is_what_no_class_holds():
    assert only() == RetentionClass("a", "a", "a", ("gp",))
    for held in (only(), only("children = true\n"), only("with_longest = true\n"), None):
        assert due_of(held, LONG_DEAD).day is None
    assert due_of(None, LONG_DEAD).why == "No class of the schedule holds it, so it is kept."
    assert due_of(only(), LONG_DEAD).why == "The schedule gives no period for “a”, so it is kept."


def test_a_period_after_a_death_never_runs_for_the_living_and_one_after_a_contact_never_for_the_dead_alone():
    living, never_seen = Life(date(1950, 3, 1), "1944-05-01", ""), Life(None, "1944-05-01", "1950-06-01")
    assert due_of(only("years_after_death = 1\n"), living) == Due(None, "Kept, because no confirmed death is known.")
    assert due_of(only("years_after_last_contact = 1\n"), never_seen) == Due(None, "Kept, because no last contact is known.")


@pytest.mark.parametrize("children", ["", "children = true\n"])
def test_of_two_periods_the_first_that_comes_counts_and_it_is_the_one_that_is_told(children):
    both = only("years_after_last_contact = 20\nyears_after_death = 10\n" + children)
    seen = date(2000, 3, 1)
    assert due_of(both, Life(seen, "1944-05-01", "2005-03-01")) == Due(date(2015, 3, 1), "10 years after the death")
    assert due_of(both, Life(seen, "1944-05-01", "2015-03-01")) == Due(date(2020, 3, 1), "20 years after the last contact")
    assert due_of(both, Life(seen, "1944-05-01", "")) == Due(date(2020, 3, 1), "20 years after the last contact")
    assert due_of(both, Life(None, "1944-05-01", "2015-03-01")) == Due(date(2025, 3, 1), "10 years after the death")


@pytest.mark.parametrize(
    ("last", "day", "why"),
    [
        (date(2016, 6, 14), date(2025, 6, 15), "the 25th birthday of who was a child at the last contact"),
        (date(2017, 6, 15), date(2026, 6, 15), "the 26th birthday of who was a child at the last contact"),
        (date(2018, 6, 14), date(2026, 6, 15), "the 26th birthday of who was a child at the last contact"),
        (date(2018, 6, 15), date(2019, 6, 15), "1 years after the last contact"),
    ],
)
def test_a_child_s_record_is_kept_until_the_birthday_and_one_of_who_was_grown_up_is_not(last, day, why):
    held = only("years_after_last_contact = 1\nchildren = true\n")
    assert due_of(held, Life(last, "2000-06-15", "")) == Due(day, why)
    assert due_of(only("years_after_last_contact = 1\n"), Life(last, "2000-06-15", "")).day == last.replace(year=last.year + 1)


def test_a_child_s_record_is_not_due_by_its_birthday_before_its_period_is_over_nor_without_a_birth_date():
    held = only("years_after_last_contact = 30\nchildren = true\n")
    assert due_of(held, Life(date(2016, 6, 14), "2000-06-15", "")) == Due(date(2046, 6, 14), "30 years after the last contact")
    unknown = Due(None, "Kept, because no date of birth is known: it may be a child's record.")
    assert due_of(held, Life(date(1950, 6, 14), "", "")) == unknown
    assert due_of(only("years_after_last_contact = 1\nyears_after_death = 1\nchildren = true\n"), replace(LONG_DEAD, born="")).day == date(
        1951, 6, 1
    )


@pytest.mark.parametrize(
    ("died", "day"), [("2014", "2015-12-31"), ("2014-02", "2015-02-28"), ("2012-02", "2013-03-01"), ("2014-02-03T23:30:00Z", "2015-02-03")]
)
def test_a_date_that_is_not_whole_is_taken_for_the_last_day_that_it_can_be(died, day):
    found = due_of(only("years_after_death = 1\n"), Life(None, "", died)).day
    assert found is not None
    assert found.isoformat() == day


def test_the_first_class_that_fits_is_taken_by_feed_before_by_kind():
    text = (
        HEAD + ROW.replace('"a"', '"first"', 1) + ROW.replace('"a"', '"second"', 1) + ROW.replace('"a"', '"third"', 1) + 'feeds = ["x/y"]\n'
    )
    made = read(text, where="mine.toml")
    assert [one.key for one in (made.class_of("gp", []), made.class_of("gp", ["x/z"]), made.class_of("acute", ["x/y"])) if one] == [
        "first",
        "first",
        "third",
    ]
    assert made.class_of("acute", ["x/z"]) is None


def test_a_file_may_give_up_to_two_hundred_years_and_a_text_of_three_hundred_letters():
    held = only("years_after_death = 200\nyears_after_last_contact = 1\n")
    assert (held.years_after_death, held.years_after_last_contact) == (200, 1)
    assert len(read(HEAD + ROW.replace('basis = "a"', f'basis = "{"a" * 300}"'), where="x").classes[0].basis) == 300
    with pytest.raises(BadSchedule, match="a whole number from 1 to 200"):
        only("years_after_death = 201\n")
    with pytest.raises(BadSchedule, match="basis"):
        read(HEAD + ROW.replace('basis = "a"', f'basis = "{"a" * 301}"'), where="x")
