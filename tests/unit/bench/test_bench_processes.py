"""Child processes: settings of this machine do not leak into them, and memory is read where the system tells it."""

import hashlib
import json
import os
from pathlib import Path

import processes
import pytest


def test_only_our_own_settings_reach_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREHUB_DATABASE_URL", "postgresql://elsewhere")
    env = processes.environment(tmp_path, 8123)
    assert "CAREHUB_DATABASE_URL" not in env
    assert (env["CAREHUB_VAR"], env["CAREHUB_PORT"], env["PATH"]) == (str(tmp_path), "8123", os.environ["PATH"])


def test_the_credential_is_kept_as_its_hash(tmp_path: Path) -> None:
    env = processes.environment(tmp_path, 8123)
    text = Path(env["CAREHUB_SOURCE_KEYS_FILE"]).read_text()
    assert list(json.loads(text)) == [hashlib.sha256(processes.CREDENTIAL.encode()).hexdigest()]
    assert processes.CREDENTIAL not in text


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system has no /proc")
def test_memory_of_this_process() -> None:
    now, peak = processes.resident(os.getpid()), processes.resident(os.getpid(), peak=True)
    assert 1 < now <= peak


def test_a_child_that_ends_early_is_said_to(tmp_path: Path) -> None:
    with processes.running(["false"]) as child:
        child.wait()
        with pytest.raises(processes.NotAnswering, match="ended with 1"):
            processes.wait_ready(child, processes.free_port(), "/", 5)
