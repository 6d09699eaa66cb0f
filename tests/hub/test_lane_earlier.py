"""What a patient's record said at a place of the log: going on from what was folded before says the same as folding all of it."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

from carehub.feeds.revision import fold
from carehub.fhir.canonical import content_hash, dumps
from carehub.hub import lane_earlier
from carehub.hub.lane_earlier import Earlier
from carehub.identity import demographics
from carehub.store.stored import Brief, Telling
from carehub.terms.organisations import SourceKind, SourceOrganisation

SOURCE = SourceOrganisation("X99001", "Northvale Hospital", SourceKind.ACUTE)
NAMES = ("Ada", "Bilal", "Carys")
DATES = ("1944-01-02", "1951-03-04")


def revise(earlier: dict[str, Any], update: dict[str, Any], clears: tuple[str, ...]) -> dict[str, Any]:
    return {**earlier, **update}


def telling(n: int, dice: random.Random) -> Telling:
    """The nth message of the log; its own clock need not agree with the log's order."""
    change = dice.choice(("snapshot", "update", "update", "withdrawn"))
    said: dict[str, Any] = {"resourceType": "Patient"}
    if change == "snapshot" or dice.random() < 0.5:
        said["birthDate"] = dice.choice(DATES)
    if change == "snapshot" or dice.random() < 0.5:
        said["name"] = [{"family": "Okafor", "given": [dice.choice(NAMES)]}]
    sha = "" if change == "withdrawn" else content_hash(said if change == "snapshot" else [said, change])
    body = b"" if change == "withdrawn" else dumps(said)
    at = f"2026-11-{n + dice.randint(0, 3):02d}T06:10:00.000Z"
    return Telling("record", "Patient", "record", f"message-{n}", n, at, "", change, (), sha, body)


def read_at(told: list[Telling], position: int) -> demographics.Demographics | None:
    state = fold([t for t in told if t.position <= position], revise)
    return demographics.read(state.resource, kind=SOURCE.kind.value, source=SOURCE.code) if state else None


def asked(told: list[Telling], positions: list[int]) -> list[demographics.Demographics | None]:
    """What `Earlier` says at these places, as a lane would ask that finds all of `told` mapped."""
    now = fold(told, revise)
    assert now is not None
    read = demographics.read(now.resource, kind=SOURCE.kind.value, source=SOURCE.code)
    said = {"record": (Brief(SOURCE, "acute/hl7v2", now.content, 99), read)}
    records: Any = SimpleNamespace(tellings=lambda ids: dict.fromkeys(ids, told))
    catalogue: Any = SimpleNamespace(adapter=lambda feed: SimpleNamespace(revise=revise))
    ready: Any = [SimpleNamespace(position=position, patients=("record",)) for position in positions[:-1]]
    earlier = Earlier(ready, said, records, catalogue)
    return [earlier("record", position, said) for position in positions]


def test_going_on_from_what_was_folded_says_the_same_as_folding_all():
    for seed in range(60):
        dice = random.Random(seed)
        lane_earlier._FOLDED.clear()
        every = [telling(n, dice) for n in range(1, 21)]
        for mapped in (6, 7, 13, 20):
            told = sorted(every[:mapped], key=lambda t: (t.order, t.message))
            positions = sorted(dice.sample(range(mapped + 1), 4))
            assert asked(told, positions) == [read_at(told, position) for position in positions], seed


def test_what_was_folded_under_another_mapping_is_not_gone_on_from():
    dice = random.Random(1)
    lane_earlier._FOLDED.clear()
    first, second = [telling(n, dice) for n in (1, 2)]
    asked([first, second], [1])
    again = first._replace(change="snapshot", body=dumps({"resourceType": "Patient", "birthDate": "1960-05-06"}), sha="1" * 64)
    [found] = asked([again, second], [1])
    assert found == read_at([again, second], 1)
    assert found is not None
    assert found.birth_date == "1960-05-06"


def test_no_more_is_kept_than_was_allowed(monkeypatch):
    monkeypatch.setattr(lane_earlier, "_MOST_FOLDED", 2)
    lane_earlier._FOLDED.clear()
    for n in range(5):
        lane_earlier._state(f"record-{n}", [telling(1, random.Random(n))], revise)
    assert len(lane_earlier._FOLDED) <= 2
