"""`carehub ingest`: small files in groups, large ones as streams, one account for all."""

from __future__ import annotations

import json

import pytest

from carehub.wiring.ingesting import ingest_files
from hub.toy_hub import ada, toy_hub


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Half a kilobyte is a large file."""
    for module in ("carehub.hub.hub", "carehub.wiring.ingesting"):
        monkeypatch.setattr(f"{module}.WHOLE", 500)


def lines(*patients: int) -> bytes:
    return b"\n".join(json.dumps(ada(patient=str(n), nhs="")).encode() for n in patients)


def test_large_and_small_files_are_accounted_for_alike(tmp_path):
    hub = toy_hub()
    bodies = {"a": lines(1), "b": lines(*range(2, 12)) + b"\nrubbish", "c": b"", "d": lines(12, 13)}
    for name, body in bodies.items():
        (tmp_path / name).write_bytes(body)
    files = [("toy/feed", tmp_path / name, "") for name in bodies]
    begun: list[int] = []
    real = hub.store.streams.begin
    hub.store.streams.begin = lambda now: begun.append(1) or real(now)
    done = ingest_files(hub, files, quiet=True)
    assert len(begun) == 1
    assert (done.files, done.messages, done.repeated) == (4, 14, 0)
    assert dict(done.verdicts) == {"accepted": 13, "rejected": 1}
    assert dict(done.reasons) == {"MAP-001": 1}
    assert dict(done.refused) == {"FEED-002": 1}
    again = ingest_files(hub, files, quiet=True)
    assert (again.repeated, again.new_versions, again.messages) == (3, 0, 14)


def test_a_large_file_that_is_refused_costs_only_itself(tmp_path):
    hub = toy_hub()
    for name, body in (("a", lines(*range(9))), ("b", lines(*range(20, 29))), ("c", lines(1))):
        (tmp_path / name).write_bytes(body)
    done = ingest_files(hub, [("toy/feed", tmp_path / name, key) for name, key in (("a", "k"), ("b", "k"), ("c", ""))], quiet=True)
    assert dict(done.refused) == {"FEED-003": 1}
    assert (done.files, done.messages) == (3, 10)
    assert dict(done.verdicts) == {"accepted": 10}


def test_two_files_of_the_same_bytes_are_one_delivery_and_counted_so(tmp_path):
    hub = toy_hub()
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(lines(1) if name != "b" else lines(2))
    done = ingest_files(hub, [("toy/feed", tmp_path / name, "") for name in ("a", "b", "c")], quiet=True)
    assert (done.files, done.messages, done.repeated) == (3, 2, 1)
