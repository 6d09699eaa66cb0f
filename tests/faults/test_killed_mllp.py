"""R-02, R-04, R-21 at the MLLP door: AA is never said for what is not in the log, whatever dies, and sending again has no second effect."""

from __future__ import annotations

import random
import socket
import time
from pathlib import Path

from carehub.store.ports import Store
from faults.figures import as_if_nothing_had_been
from faults.mllp_senders import MllpSenders, MllpServer, exchange, known_as
from faults.processes import running, until
from faults.sizes import size
from faults.stream import account, hub_over, kept, messages_of, settled, stream, undisturbed


def test_killed_while_messages_arrive(store_url: str, store: Store, tmp_path: Path) -> None:
    dice = random.Random(20261122)
    sized = size("R-02")
    sent = known_as(stream(sized.people))
    dice.shuffle(sent)
    server = MllpServer(tmp_path / "mllp", store_url)
    with running(server):
        senders = MllpSenders(server.port, sent)
        for kill in range(sized.kills):
            enough = (kill + 1) * len(sent) // (sized.kills + 1)
            until(lambda enough=enough: len(senders.acknowledged) >= enough, "some are acknowledged", server)
            time.sleep(dice.random() / 20)
            server.kill()
            assert kept(store, list(senders.acknowledged)) == []
            server.start()
        until(senders.done, "all are handed over", server)
        until(lambda: settled(store), "everything is settled", server)
    assert len(senders.acknowledged) == len(sent)
    assert as_if_nothing_had_been(store, sent, sized.kills)
    hub = hub_over(store)
    hub.receive([one.submission for one in sent])
    assert hub.drain().messages == 0


def test_an_unknown_answer_and_the_same_frame_again_make_one_message(store_url: str, store: Store, tmp_path: Path) -> None:
    [first, *_] = known_as(messages_of(1))
    server = MllpServer(tmp_path / "mllp", store_url)
    answers = []
    with running(server):
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                answers.append(exchange(connection, first.body))
            server.kill()  # the sender cannot know whether its answer was on the way
            server.start()
        until(lambda: settled(store), "it is settled", server)
    assert answers[0] == answers[1]
    assert b"MSA|AA|" in answers[0]
    assert account(store) == undisturbed([first])


def test_told_to_stop_under_load_it_ends_well_and_loses_nothing(store_url: str, store: Store, tmp_path: Path) -> None:
    sent = known_as(stream())
    server = MllpServer(tmp_path / "mllp", store_url)
    with running(server):
        senders = MllpSenders(server.port, sent)
        until(lambda: len(senders.acknowledged) >= len(sent) // 3, "some are acknowledged", server)
        assert server.stop() == 0
        assert kept(store, list(senders.acknowledged)) == []
        server.start()
        until(senders.done, "all are handed over", server)
        until(lambda: settled(store), "everything is settled", server)
    assert "Okafor" not in server.said()
    assert kept(store, sent) == []
    assert account(store) == undisturbed(sent)


def test_two_doors_over_one_store_take_the_same_messages_once(store_url: str, store: Store, tmp_path: Path) -> None:
    sent = known_as(stream())
    servers = [MllpServer(tmp_path / name, store_url) for name in ("one", "two")]
    with running(*servers):
        both = [MllpSenders(server.port, sent, connections=4) for server in servers]
        until(lambda: all(senders.done() for senders in both), "all are handed over", *servers)
        until(lambda: settled(store), "everything is settled", *servers)
    for one in sent:
        said = {answer for senders in both for answer in senders.answers[one.body] if b"MSA|AE" not in answer}
        assert len(said) == 1 or b"MSA|AA" not in b"".join(said)
    assert kept(store, sent) == []
    assert account(store) == undisturbed(sent)
