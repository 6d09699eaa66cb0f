"""What differs between two values, letter by letter and in words; how long something waits, against the target."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from carehub.web.marks import level_word, marked
from carehub.web.waiting_times import past_target, waited

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def shown(html: str) -> str:
    """Marked letters in brackets, and what a screen reader gets after a bar."""
    seen = re.sub(r"<mark[^>]*>(.*?)</mark>", r"[\1]", html)
    spoken = re.search(r'ch-spoken">(.*?)</span>', seen)
    whole = re.sub(r"<[^>]+>", "", re.sub(r'<span class="nhsuk-u-visually-hidden ch-spoken">.*?</span>', "", seen))
    return f"{whole}|{spoken[1]}" if spoken else whole


@pytest.mark.parametrize(
    ("a", "b", "first", "second", "words"),
    [
        ("SMITH", "SMYTHE", "SM[I]TH|SMITH", "SM[Y]TH[E]|SMYTHE", "A has “I” where B has “Y”; only B has “E”."),
        ("Okafor", "OKAFOR", "Okafor", "OKAFOR", ""),
        ("1944-05-01", "1944-05-11", "[0]1-May-1944|1 May 1944", "[1]1-May-1944|11 May 1944", "A has “0” where B has “1”."),
        ("Ada", "", "Ada", "Not recorded", ""),
        ("Margaret", "Peggy", "Margaret", "Peggy", ""),
        ("Ann Marie", "Annmarie", "Ann[ ]Marie|Ann Marie", "Annmarie|Annmarie", "A space differs."),
        ("<b>Zed", "<b>Zet", "&lt;b&gt;Ze[d]|&lt;b&gt;Zed", "&lt;b&gt;Ze[t]|&lt;b&gt;Zet", "A has “d” where B has “t”."),
        ("abcdefghij", "abXdeXghXjX", "ab[c]de[f]gh[i]j|abcdefghij", "ab[X]de[X]gh[X]j[X]|abXdeXghXjX", "They differ in 4 places."),
    ],
)
def test_letters_that_differ_are_marked_and_told_and_spoken_whole(a: str, b: str, first: str, second: str, words: str) -> None:
    one, other, said = marked(a, b)
    assert (shown(one), shown(other), said) == (first, second, words)


def test_every_level_is_one_of_the_words_a_reader_knows() -> None:
    told = {
        level: level_word(level) for level in ("agree", "equal", "same-address", "differ", "elsewhere", "missing", "swapped", "short-form")
    }
    assert list(told.values()) == ["agrees", "agrees", "agrees", "differs", "differs", "missing", "agrees in part", "agrees in part"]


@pytest.mark.parametrize(
    ("now", "words", "late"),
    [
        ("2026-11-20T15:20:00+00:00", "less than an hour", False),
        ("2026-11-20T16:00:00+00:00", "1 hour", False),
        ("2026-11-22T15:00:00+00:00", "2 days", False),
        ("2026-11-24T23:00:00+00:00", "4 days", False),
        ("2026-11-25T00:00:00+00:00", "4 days", True),
        ("2026-12-25T15:00:00+00:00", "35 days", True),
    ],
)
def test_a_weekend_is_no_working_day(now: str, words: str, late: bool) -> None:
    moment = datetime.fromisoformat(now)
    assert (waited(FRIDAY.isoformat(), moment), past_target(FRIDAY.isoformat(), moment)) == (words, late)


def test_a_time_that_is_not_known_is_said_and_is_not_late() -> None:
    assert (waited("", FRIDAY), past_target("", FRIDAY)) == ("a time not known", False)
