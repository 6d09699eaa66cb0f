"""`carehub quarantine` at a terminal of common width: what waits is told whole, and is tried again by what was told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from carehub.wiring.cli import main


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command prints at a terminal of eighty columns."""
    monkeypatch.setenv("CAREHUB_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("CAREHUB_ENV", "development")
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["carehub", *words])
        with pytest.raises(SystemExit):
            main()
        return capfd.readouterr().out

    return run


def test_what_waits_is_listed_whole_and_tried_again(say: Callable[..., str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.hl7"
    broken.write_bytes(b"MSH|^~\\&|A|RGH|B|C|20260101||ADT^A01|1|P|2.4\rPV1|1\r")
    say("ingest", "acute", str(broken))
    counts, waiting = say("quarantine", "list").rsplit("┘", 1)
    [first, second] = waiting.strip().splitlines()
    message, verdict, reason = first.split()
    assert (len(message), verdict) == (36, "rejected")
    assert reason in counts
    assert second.startswith("    acute/hl7v2, attempts 1, first failed 20")
    assert all(len(line) <= 80 for line in counts.splitlines())
    assert f"verdict rejected\n  {reason} " in say("quarantine", "show", message)
    assert say("quarantine", "replay", message) == "1 messages tried again, 0 now accepted\n"
    assert "attempts 2," in say("quarantine", "list")
