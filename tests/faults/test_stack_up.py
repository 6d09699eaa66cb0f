"""`carehub up`: the whole of production under one supervisor. Parts are killed, and nothing is lost; told to end, all of it ends."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import sys
import threading
from pathlib import Path

import httpx
import pytest
import yaml

from carehub.store.sql.store import SqlStore
from carehub.wiring.settings import Settings, UnsafeSettings
from carehub.wiring.stack import servers as stack_servers
from carehub.wiring.stack.parts import Part, parts
from carehub.wiring.stack.running import make_ready
from carehub.wiring.stack.supervising import Supervised, end_all, supervise
from carehub.workers.app import create_broker
from contracts.stores import postgresql_schema
from faults.doors import CREDENTIAL, source_keys
from faults.processes import CAREHUB, Program, free_port, running, until
from faults.stream import FEED, account, kept, settled, stream, undisturbed

COMPOSE = Path(__file__).resolve().parents[2] / "docker-compose.yml"


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _processes(folder: Path, name: str) -> list[int]:
    """The process of the part, after those that ran before it."""
    said = (folder / "up" / "output.txt").read_text(errors="replace")
    return [int(number) for number in re.findall(rf"^{name} runs as process (\d+)$", said, re.MULTILINE)]


@pytest.mark.pg
@pytest.mark.redis
def test_a_stack_settles_everything_though_its_parts_are_killed_and_ends_when_told(tmp_path: Path, redis_url: str) -> None:
    with postgresql_schema() as url:
        port, sent = free_port(), stream(4)
        address = f"http://127.0.0.1:{port}"
        settings = {"CAREHUB_DATABASE_URL": url, "CAREHUB_REDIS_URL": redis_url, "CAREHUB_VAR": str(tmp_path), "CAREHUB_PORT": str(port)}
        settings["CAREHUB_SOURCE_KEYS_FILE"] = str(source_keys(tmp_path))
        stack = Program(tmp_path / "up", settings, *CAREHUB, "up", "--mappers", "1", "--doors", "2")
        with running(stack):
            until(lambda: _ready(address), "the API is ready", stack)
            second = Program(tmp_path / "second", settings, *CAREHUB, "up")
            second.start()
            assert second.ended() == 2
            assert "up here already" in second.said()
            for place, one in enumerate(sent):
                headers = {"Authorization": f"Bearer {CREDENTIAL}", "Idempotency-Key": one.key}
                assert httpx.post(f"{address}/feeds/{FEED}/submissions", content=one.body, headers=headers).status_code == 202
                if place == 6:
                    for name in ("lane", "map", "api"):  # the other door answers on
                        os.killpg(_processes(tmp_path, name)[-1], signal.SIGKILL)
            store = SqlStore(url)
            try:
                until(lambda: settled(store), "everything is settled", stack)
                for name in ("lane", "api"):
                    until(lambda name=name: len(_processes(tmp_path, name)) == 2, f"{name} runs again", stack)
                assert len(_processes(tmp_path, "api-2")) == 1
                assert kept(store, sent) == []
                assert account(store) == undisturbed(sent)
            finally:
                store.close()
            assert stack.stop() == 0
        assert "was killed" not in stack.said()
        with (tmp_path / "up.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # no process of it is left


def test_every_queue_is_served_by_the_stack_and_by_the_containers() -> None:
    queues = set(create_broker("redis://nowhere.invalid").conf.task_queues)
    told = re.findall(r"command: \[(worker, .*)\]", COMPOSE.read_text())
    composed = [tuple(word.strip(' "') for word in re.split(", ", words)) for words in told]
    for commands in ([part.command for part in parts(2)], composed):
        named = [command[command.index("--queues") + 1] for command in commands if "--queues" in command]
        assert {queue for each in named for queue in each.split(",")} == queues
        assert sum("--beat" in command for command in commands) == 1


def test_the_image_has_client_programs_as_new_as_the_server_of_the_containers() -> None:
    """An older pg_dump refuses a newer server."""
    server = yaml.safe_load(COMPOSE.read_text())["services"]["postgres"]["image"]
    [client] = re.findall(r"postgresql-client-(\d+)", COMPOSE.with_name("Dockerfile").read_text())
    assert re.fullmatch(rf"postgres:{client}(-\w+)?", server)


def test_a_part_that_ends_is_started_again_and_one_that_will_not_end_is_killed() -> None:
    said: list[str] = []
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    held = [
        Supervised(Part("short", (sys.executable, "-c", "pass")), os.environ, said.append),
        Supervised(Part("deaf", (sys.executable, "-c", stubborn)), os.environ, said.append),
    ]
    stop = threading.Event()
    for one in held:
        one.start()
    thread = threading.Thread(target=supervise, args=(held, stop))
    thread.start()
    until(lambda: sum(line.startswith("short runs as") for line in said) >= 2, "the short one is started again")
    until(lambda: "deaf | deaf" in said, "the deaf one is at work")
    stop.set()
    thread.join()
    end_all(held, 0.1, said.append)
    assert [one.pid for one in held] == [0, 0]
    assert "deaf did not end in 0 s and was killed; nothing is lost by it" in said


def test_without_a_server_it_is_said_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_servers.shutil, "which", lambda name: None)
    monkeypatch.setattr(stack_servers, "_program", lambda name: "")
    alone = Settings(_env_file=None, var=tmp_path)
    with pytest.raises(UnsafeSettings, match="Redis is needed: install it"):
        stack_servers.servers(alone)
    with pytest.raises(UnsafeSettings, match="PostgreSQL is needed: install it"):
        stack_servers.servers(Settings(_env_file=None, var=tmp_path, redis_url="redis://127.0.0.1/0"))
    with pytest.raises(UnsafeSettings, match="names SQLite"):
        stack_servers.servers(Settings(_env_file=None, var=tmp_path, database_url="sqlite:///a.db"))
    both = Settings(_env_file=None, var=tmp_path, redis_url="redis://127.0.0.1/0", database_url="postgresql+psycopg://a@b/c")
    assert stack_servers.servers(both).own == ()


def test_an_audit_trail_with_a_database_of_its_own_is_made_ready_too(tmp_path: Path) -> None:
    url, trail = f"sqlite:///{tmp_path / 'all.db'}", f"sqlite:///{tmp_path / 'trail.db'}"
    make_ready(url, trail, threading.Event())
    store = SqlStore(url, audit_url=trail)
    store.ready()
    store.close()
    assert sorted(one.name for one in tmp_path.glob("*.db")) == ["all-log.db", "all-record.db", "trail-audit.db"]
