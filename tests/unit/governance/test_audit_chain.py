"""A thousand audit trails that were tampered with, in every way a database can be changed: each is found. One that was not is never accused."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from carehub.governance.audit_chain import ChainedRow, Head, examine, footing, linked, sealed

KEY = b"a key of thirty-two characters.."
Trail = tuple[list[ChainedRow], Head | None]


def trail(length: int, dice: random.Random, earlier: int = 0) -> Trail:
    """A trail as the store writes one."""
    rows = [ChainedRow(None, None, f"old{n}", "2026-11-01T00:00:00.000Z", "p", b"{}") for n in range(earlier)]
    link = footing(rows)
    for place in range(1, length + 1):
        said = (f"id{place}", f"2026-11-22T00:00:{place % 60:02d}.000Z", dice.choice("pqr"), b'{"n":%d}' % dice.randrange(9))
        link = linked(KEY, link, place, *said)
        rows.append(ChainedRow(place, link, *said))
    return rows, sealed(KEY, length, link) if length else None


def edited(rows: list[ChainedRow], head: Head | None, dice: random.Random) -> Trail:
    n = dice.randrange(len(rows))
    field = dice.choice(["id", "at", "person", "event"])
    held = getattr(rows[n], field)
    changed = held + (b"x" if field == "event" else "x") if dice.random() < 0.5 else held[:-1]
    return [*rows[:n], replace(rows[n], **{field: changed}), *rows[n + 1 :]], head


def edited_and_linked_anew(rows: list[ChainedRow], head: Head | None, dice: random.Random) -> Trail:
    """By somebody who knows how it is done, but not the key: every later link made again, and the head."""
    n = next(n for n in range(dice.randrange(len(rows)), len(rows)) if rows[n].place)
    link = rows[n - 1].link or b"" if n else b""
    made = list(rows)
    made[n] = replace(made[n], person="nobody")
    for m in range(n, len(made)):
        one = made[m]
        link = linked(b"guessed", link, one.place or 0, one.id, one.at, one.person, one.event)
        made[m] = replace(one, link=link)
    return made, sealed(b"guessed", len(made), link)


def removed(rows: list[ChainedRow], head: Head | None, dice: random.Random) -> Trail:
    n = dice.randrange(len(rows))
    return [*rows[:n], *rows[n + 1 :]], head


def removed_and_numbered_anew(rows: list[ChainedRow], head: Head | None, dice: random.Random) -> Trail:
    n = dice.randrange(len(rows) - 1)
    later = [replace(row, place=row.place - 1) if row.place else row for row in rows[n + 1 :]]
    return [*rows[:n], *later], head


def moved(rows: list[ChainedRow], head: Head | None, dice: random.Random) -> Trail:
    a, b = sorted(dice.sample(range(len(rows)), 2))
    return [*rows[:a], rows[b], *rows[a + 1 : b], rows[a], *rows[b + 1 :]], head


def contents_swapped(rows: list[ChainedRow], head: Head | None, dice: random.Random) -> Trail:
    """Places and links stay; two rows change what they say."""
    a, b = dice.sample(range(len(rows)), 2)
    made = list(rows)
    made[a] = replace(rows[b], place=rows[a].place, link=rows[a].link)
    made[b] = replace(rows[a], place=rows[b].place, link=rows[b].link)
    return made, head


def inserted(rows: list[ChainedRow], head: Head | None, dice: random.Random) -> Trail:
    n = dice.randrange(len(rows) + 1)
    twin = replace(rows[min(n, len(rows) - 1)], id="put in")
    return [*rows[:n], dice.choice([twin, replace(twin, place=None, link=None)]), *rows[n:]], head


def cut_off(rows: list[ChainedRow], head: Head | None, dice: random.Random) -> Trail:
    return rows[: dice.randrange(len(rows))], head


def cut_off_with_its_head(rows: list[ChainedRow], head: Head | None, dice: random.Random) -> Trail:
    """The rows at the end are gone, and the head names the last one that is left."""
    left = rows[: dice.randrange(1, len(rows))]
    assert head is not None
    return left, Head(left[-1].place or 0, left[-1].link or b"", head.seal)


def head_gone(rows: list[ChainedRow], head: Head | None, dice: random.Random) -> Trail:
    return rows, None


WAYS: tuple[Callable[[list[ChainedRow], Head | None, random.Random], Trail], ...] = (
    edited,
    edited_and_linked_anew,
    removed,
    removed_and_numbered_anew,
    moved,
    contents_swapped,
    inserted,
    cut_off,
    cut_off_with_its_head,
    head_gone,
)


@pytest.mark.parametrize("way", WAYS)
def test_a_hundred_trails_tampered_with_in_one_way_are_all_found(way: Callable[..., Trail]) -> None:
    missed = []
    for seed in range(100):
        dice = random.Random(seed)
        rows, head = trail(dice.randrange(3, 30), dice, earlier=dice.choice([0, 0, 3]))
        assert examine(rows, head, KEY).found == 0
        bad, its_head = way(rows, head, dice)
        if not examine(bad, its_head, KEY).found:
            missed.append(seed)
    assert missed == []


@pytest.mark.parametrize("length", [0, 1, 2, 500])
@pytest.mark.parametrize("earlier", [0, 4])
def test_a_trail_as_it_was_written_is_never_accused(length: int, earlier: int) -> None:
    rows, head = trail(length, random.Random(1), earlier)
    verdict = examine(rows, head, KEY, str(head or ""))
    assert (verdict.found, verdict.rows, verdict.earlier) == (0, length, earlier)


def test_a_row_written_while_it_is_read_is_no_fault() -> None:
    rows, _ = trail(9, random.Random(1))
    head = sealed(KEY, 7, rows[6].link or b"")
    assert examine(rows, head, KEY).found == 0


def test_each_kind_is_named_with_its_row() -> None:
    rows, head = trail(9, random.Random(1))
    assert [(f.kind, f.place) for f in examine([*rows[:4], *rows[5:]], head, KEY).faults] == [("removed", 5)]
    assert [(f.kind, f.place) for f in examine([replace(r, person="x") if r.place == 3 else r for r in rows], head, KEY).faults] == [
        ("edited", 3)
    ]
    assert [(f.kind, f.place) for f in examine(rows[:6], head, KEY).faults] == [("cut off", 7)]
    swapped = [*rows[:3], rows[4], rows[3], *rows[5:]]
    assert [(f.kind, f.place) for f in examine(swapped, head, KEY).faults] == [("removed", 4), ("moved", 4)]


def test_a_trail_put_back_to_an_earlier_state_is_found_by_the_head_that_was_noted() -> None:
    rows, head = trail(9, random.Random(1))
    earlier = sealed(KEY, 6, rows[5].link or b"")
    assert examine(rows[:6], earlier, KEY).found == 0
    assert [f.kind for f in examine(rows[:6], earlier, KEY, str(head)).faults] == ["rolled back"]
    assert examine(rows, head, KEY, str(earlier)).found == 0


def test_more_faults_than_are_told_are_counted() -> None:
    rows, head = trail(300, random.Random(1))
    verdict = examine([replace(row, person="x") for row in rows], head, KEY)
    assert (verdict.found, len(verdict.faults)) == (300, 100)


def test_another_key_vouches_for_nothing() -> None:
    rows, head = trail(3, random.Random(1))
    assert examine(rows, head, b"another key").found == 4
