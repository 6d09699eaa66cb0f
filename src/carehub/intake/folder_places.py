"""Where files go once they are answered: `processed/KEY/` or `failed/KEY/`, and beside it KEY.json with the receipt or the reason.

KEY comes from what identifies the delivery, so the second half of a move that was cut short finds the place of the first.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from carehub.feeds.message import Receipt
from carehub.terms.issue import Issue

PROCESSED, FAILED = "processed", "failed"


def place_key(delivery_key: str) -> str:
    """The folder name of a delivery."""
    return hashlib.sha256(delivery_key.encode()).hexdigest()[:24]


class Places:
    """The two folders under a watched one. They are made at once, closed to others: what lies in them is about people."""

    def __init__(self, place: Path) -> None:
        self._place = place
        for kind in (PROCESSED, FAILED):
            (place / kind).mkdir(mode=0o700, exist_ok=True)

    def processed(self, delivery_key: str, names: Sequence[str], receipt: Receipt) -> None:
        """Move files whose submission is stored."""
        told = {"submission": receipt.submission, "feed": receipt.feed, "received": receipt.received_at, "sha256": receipt.sha256}
        self._move(PROCESSED, delivery_key, names, {**told, "messages": len(receipt.messages)})

    def failed(self, delivery_key: str, names: Sequence[str], why: Sequence[Issue], at: str) -> None:
        """Move files that will never be taken as they are."""
        self._move(
            FAILED, delivery_key, names, {"at": at, "issues": [{"number": one.number, "text": one.text, "at": one.at} for one in why]}
        )

    def finish(self, delivery_key: str, data: str, name: str) -> bool:
        """Move a control file whose data file went before it. False when that is nowhere."""
        for kind in (PROCESSED, FAILED):
            place = self._place / kind / place_key(delivery_key)
            if (place / data).exists():
                _rename(self._place / name, place / name)
                return True
        return False

    def _move(self, kind: str, delivery_key: str, names: Sequence[str], told: dict[str, object]) -> None:
        key = place_key(delivery_key)
        place = self._place / kind / key
        place.mkdir(mode=0o700, exist_ok=True)
        # Written first: a file is never there without its reason.
        paper = self._place / kind / f".{key}.tmp"
        paper.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        paper.replace(self._place / kind / f"{key}.json")
        for name in names:
            _rename(self._place / name, place / name)


def _rename(old: Path, new: Path) -> None:
    with suppress(FileNotFoundError):  # another watcher was first
        os.replace(old, new)
