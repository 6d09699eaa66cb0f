"""The account after the kills: it must see a loss and a version too many, or its zeros say nothing."""

from collections.abc import Callable
from pathlib import Path

import feeds
import kills
import pytest
from hubs import ACUTE, settings_in, submissions

from carehub.wiring.bootstrap import build_hub


def _delivered(place: Path, bodies: list[bytes], after: Callable[[object], None] = lambda hub: None) -> dict[bytes, str]:
    hub = build_hub(settings_in(place))
    receipts = hub.receive(submissions(hub, ACUTE, bodies))
    hub.drain()
    after(hub)
    hub.store.close()
    return {body: receipt.submission for body, receipt in zip(bodies, receipts, strict=True)}


def _figures(place: Path, acknowledged: dict[bytes, str]) -> list[float]:
    return [figure for row in kills._account(place, acknowledged, 1) for figure in row.ours]


def test_nothing_lost_nothing_doubled(tmp_path: Path) -> None:
    assert _figures(tmp_path, _delivered(tmp_path, feeds.adt_messages(6, 2))) == [0, 0]


def test_an_acknowledged_message_that_is_not_there_is_counted(tmp_path: Path) -> None:
    *kept, missing = feeds.adt_messages(3, 3)
    acknowledged = _delivered(tmp_path, kept) | {missing: "no-such-submission"}
    assert _figures(tmp_path, acknowledged) == [1, 0]


def test_bytes_that_changed_are_a_loss(tmp_path: Path) -> None:
    sent, other = feeds.adt_messages(2, 2)
    [submission] = _delivered(tmp_path, [sent]).values()
    assert _figures(tmp_path, {other: submission})[0] == 1


@pytest.mark.parametrize("change", ["version = version + 1"])
def test_a_version_too_many_is_counted(tmp_path: Path, change: str) -> None:
    def spoil(hub: object) -> None:
        with hub.store.places["record"].writing() as writing:  # type: ignore[attr-defined]
            writing.text(f"UPDATE records SET {change} WHERE id = (SELECT min(id) FROM records)")

    assert _figures(tmp_path, _delivered(tmp_path, feeds.adt_messages(2, 2), spoil))[1] >= 1
