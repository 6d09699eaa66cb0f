"""R-07: messages that kill the process that maps them, or keep it for ever. They alone wait, with their bytes; everybody else's messages settle."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from carehub.store.ports import Store
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings
from faults.figures import as_if_nothing_had_been
from faults.poison import poisoned, poisoned_adapters
from faults.processes import PATIENCE, Program
from faults.servers import Server
from faults.sizes import LARGE, RELEASE, size
from faults.stream import Account, Sent, account, hub_over, kept, settled, stream, undisturbed
from faults.test_redis_lost import PREFORK, worker

ENDING = ("Exit", "Crash", "Killed", "Deaf", "Wait") if LARGE else ("Exit",)
STOPPED = ("Endless", "Memory")
# A tenth of all that is sent breaks its adapter, and in a release ten end their process and ten never end.
BREAKING = 4 * size("R-07").people // 9 if LARGE else 1
EACH = {"Endless": 10, **dict.fromkeys(ENDING, 2)} if RELEASE else {}
SECONDS = "10"


def mixed(words: Sequence[str]) -> tuple[list[Sent], list[Sent]]:
    """(all that is sent, in no order; the poisonous ones among it)."""
    bad = [poisoned(word, 6000 + n) for n, word in enumerate(words)]
    sent = [*stream(size("R-07").people), *bad]
    random.Random(11).shuffle(sent)
    return sent, bad


def reasons(store: Store, sent: Sequence[Sent]) -> dict[str, set[str]]:
    """Word to the numbers under which its messages wait."""
    found: dict[str, set[str]] = {}
    for one in sent:
        receipt = store.log.receipt(one.submission.id)
        assert receipt is not None
        outcome = store.records.outcomes(receipt.messages)[receipt.messages[0]]
        found.setdefault(one.key.partition("-")[0], set()).update(issue.number for issue in outcome.issues if outcome.verdict == "rejected")
    return found


def kept_alive(program: Program, done: Callable[[], bool]) -> int:
    """Start it again whenever it ends, as `carehub up` does, until it is done; without waiting for it to be ready. How often it ended."""
    deadline, ended = time.monotonic() + 5 * PATIENCE, 0  # on a busy machine each start takes long
    Program.start(program)
    try:
        while not done():
            assert time.monotonic() < deadline, program.said()
            if program.gone():
                ended += 1
                Program.start(program)
            time.sleep(0.05)
    finally:
        program.kill()
    return ended


def mended(folder: Path, store_url: str, store: Store, sent: Sequence[Sent], bad: Sequence[Sent]) -> Account:
    """What there is once the adapter is mended and what waited was replayed."""
    hub = build_hub(Settings(_env_file=None, var=folder, database_url=store_url))
    try:
        hub.replay(feed="acute/hl7v2", by="test")
        waiting = {number for numbers in reasons(store, bad).values() for number in numbers}
        assert waiting == {"MAP-025"}  # replaying all that waits is not on purpose enough for these
        hub.replay(reason="MAP-025", by="test")
        assert hub.store.tries.of() == {}
    finally:
        hub.store.close()
    assert kept(store, sent) == []
    return account(store)


@pytest.mark.redis
def test_workers_settle_everything_but_what_kills_them(tmp_path: Path, redis_url: str, store_url: str, store: Store) -> None:
    ending = [word for word in ENDING for _ in range(EACH.get(word, 1))]
    stopped = [word for word in STOPPED for _ in range(EACH.get(word, 1))]
    sent, bad = mixed((*ending, *stopped, *("Leave",) * BREAKING))
    more = {"CAREHUB_ADAPTERS": str(poisoned_adapters(tmp_path)), "CAREHUB_MAPPING_SECONDS": SECONDS}
    at_work = worker(tmp_path, store_url, redis_url, PREFORK, more)
    hub_over(store).receive([one.submission for one in sent])
    assert kept_alive(at_work, lambda: settled(store)) == 0  # Celery's parent outlives its children
    numbers = {**dict.fromkeys(ENDING, "MAP-025"), **dict.fromkeys(STOPPED, "MAP-026"), "Leave": "MAP-012"}
    assert reasons(store, bad) == {word: {number} for word, number in numbers.items()}
    blamed = [id for id, tried in store.tries.of().items() if tried.blamed]
    assert len(blamed) == len(ending)
    mended(tmp_path, store_url, store, sent, bad)
    assert as_if_nothing_had_been(store, sent, len(bad))


def test_a_server_that_a_message_kills_is_itself_again_after_three_deaths(tmp_path: Path, store_url: str, store: Store) -> None:
    sent, bad = mixed(("Exit",))
    server = Server(tmp_path, store_url, CAREHUB_ADAPTERS=str(poisoned_adapters(tmp_path)), CAREHUB_MAPPING_SECONDS=SECONDS)
    hub_over(store).receive([one.submission for one in sent])
    assert kept_alive(server, lambda: settled(store)) == 3
    assert reasons(store, bad) == {"Exit": {"MAP-025"}}
    assert mended(tmp_path, store_url, store, sent, bad) == undisturbed(sent)


def test_a_rebuild_does_not_read_again_what_killed_others(tmp_path: Path, store_url: str, store: Store) -> None:
    sent, bad = mixed(("Crash",))
    settings = {"CAREHUB_DATABASE_URL": store_url, "CAREHUB_VAR": str(tmp_path), "CAREHUB_ADAPTERS": str(poisoned_adapters(tmp_path))}
    hub_over(store).receive([one.submission for one in sent])
    sweep = Program(tmp_path / "sweep", settings, "-c", "from carehub.wiring.cli import main; main()", "sweep")
    assert kept_alive(sweep, lambda: settled(store)) == 3  # one death of them all, and two alone
    rebuild = Program(tmp_path / "rebuild", settings, "-c", "from carehub.wiring.cli import main; main()", "rebuild")
    rebuild.start()
    assert rebuild.ended() == 0, rebuild.said()
    assert "The same record came out." in rebuild.said()
    assert reasons(store, bad) == {"Crash": {"MAP-025"}}
