"""Loss after SIGKILL: a serving process is killed under load again and again; everything it acknowledged must be there, once."""

from __future__ import annotations

import http.client
import random
import subprocess
import threading
import time
from pathlib import Path

import feeds
from hubs import ACUTE, folder, fresh_hub, settings_in
from processes import CREDENTIAL, carehub, environment, free_port, start, wait_ready
from table import Row

from carehub.hub.hub import Hub
from carehub.wiring.bootstrap import build_hub

_SENDERS = 3
_PEOPLE = 30


def kill_rows(kills: int, seed: int = 11) -> list[Row]:
    """Row 9. Each kill comes at a random moment while three senders submit as fast as they are answered."""
    dice = random.Random(seed)
    waiting = feeds.adt_messages(kills * 1000, _PEOPLE)
    acknowledged: dict[bytes, str] = {}
    with folder() as place:
        for _ in range(kills):
            acknowledged.update(_one_life(place, waiting, 0.15 + dice.random() * 0.85))
        return _account(place, acknowledged, kills)


def _one_life(place: Path, waiting: list[bytes], seconds: float) -> dict[bytes, str]:
    """Serve, take submissions, be killed: submission id by body of everything that was acknowledged. Bodies taken are removed."""
    port = free_port()
    child = start([carehub(), "serve"], environment(place, port))
    told: dict[bytes, str] = {}
    lock = threading.Lock()
    try:
        wait_ready(child, port, "/health/ready")
        senders = [threading.Thread(target=_send, args=(child, port, waiting, told, lock)) for _ in range(_SENDERS)]
        for sender in senders:
            sender.start()
        time.sleep(seconds)
    finally:
        child.kill()
        child.wait()
    for sender in senders:
        sender.join()
    return told


def _send(child: subprocess.Popen[bytes], port: int, waiting: list[bytes], told: dict[bytes, str], lock: threading.Lock) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while child.poll() is None:
        with lock:
            if not waiting:
                return
            body = waiting.pop(0)
        try:
            connection.request("POST", f"/feeds/{ACUTE}/submissions", body, {"Authorization": f"Bearer {CREDENTIAL}"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return
        if answer.status == 202:
            with lock:
                told[body] = answer.headers["Location"].rpartition("/")[2]


def _account(place: Path, acknowledged: dict[bytes, str], kills: int) -> list[Row]:
    hub = build_hub(settings_in(place))
    hub.drain()
    lost = sum(not _kept(hub, submission, body) for body, submission in acknowledged.items())
    stored = hub.log.read([head.id for head in hub.log.heads(0, 10_000_000)])
    versions, record_hash = hub.store.records.version_count(), hub.record_hash()
    hub.store.close()
    once, same = _undisturbed([message.body for message in sorted(stored.values(), key=lambda m: m.position)])
    extra = abs(versions - once) + (record_hash != same)
    words = f"{kills} kills; {len(acknowledged)} acknowledged, {len(stored)} stored"
    return [
        Row("Acknowledged and lost after SIGKILL", "messages", [lost], "", (), "G16", (0, 0), "lower", on_ratio=False, remark=words),
        Row("Resource versions too many or too few after SIGKILL", "versions", [extra], "", (), "G16", (0, 0), "lower", on_ratio=False,
            remark="beside the same messages ingested without a kill; the record hash must be the same too"),
    ]  # fmt: skip


def _kept(hub: Hub, submission: str, body: bytes) -> bool:
    """Whether the bytes are there as sent, and every message of them has an outcome."""
    fate = hub.fate(submission)
    return fate is not None and all(fate[1]) and hub.log.submission_body(submission) == body


def _undisturbed(bodies: list[bytes]) -> tuple[int, str]:
    """(versions, record hash) of the same messages in the same order in a hub that nobody kills."""
    with fresh_hub() as hub:
        for n in range(0, len(bodies), 64):
            _receive(hub, bodies[n : n + 64])
        hub.drain()
        return hub.store.records.version_count(), hub.record_hash()


def _receive(hub: Hub, bodies: list[bytes]) -> None:
    from hubs import submissions

    hub.receive(submissions(hub, ACUTE, bodies))
