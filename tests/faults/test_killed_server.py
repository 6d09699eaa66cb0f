"""R-01, R-02: `carehub serve` is killed while submissions arrive. What was acknowledged is there, and everything settles as if nothing had been."""

from __future__ import annotations

import random
import time
from pathlib import Path

import httpx

from carehub.store.ports import Store
from faults.doors import Senders, is_ready, post
from faults.figures import as_if_nothing_had_been
from faults.processes import running, until
from faults.servers import Server
from faults.sizes import size
from faults.stream import account, hub_over, kept, messages_of, settled, stream, undisturbed


def one_receipt_each(senders: Senders) -> bool:
    return all(len(receipts) == 1 for receipts in senders.receipts.values())


def test_killed_while_submissions_arrive(store_url: str, store: Store, tmp_path: Path) -> None:
    dice = random.Random(20261122)
    sized = size("R-02")
    sent = stream(sized.people)
    dice.shuffle(sent)
    server = Server(tmp_path / "serve", store_url)
    with running(server):
        senders = Senders([server.address], sent)
        for kill in range(sized.kills):
            enough = (kill + 1) * len(sent) // (sized.kills + 1)
            until(lambda enough=enough: senders.acknowledged >= enough, "some are acknowledged", server)
            time.sleep(dice.random() / 20)
            server.kill()
            acknowledged = [one for one in sent if one.key in dict(senders.receipts)]
            assert kept(store, acknowledged) == []
            server.start()
        until(senders.done, "all are handed over", server)
        until(lambda: settled(store), "everything is settled", server)
    assert senders.acknowledged == len(sent)
    assert one_receipt_each(senders)
    assert as_if_nothing_had_been(store, sent, sized.kills)
    # Handing all of it over again says nothing new.
    hub = hub_over(store)
    hub.receive([one.submission for one in sent])
    assert hub.drain().messages == 0
    assert account(store) == undisturbed(sent)


def test_an_unknown_answer_and_the_same_delivery_again_make_one_message(store_url: str, store: Store, tmp_path: Path) -> None:
    [first, *_] = messages_of(1)
    server = Server(tmp_path / "serve", store_url)
    with running(server):
        with httpx.Client() as client:
            before = post(client, server.address, first).json()
        server.kill()  # the sender cannot know whether its answer was on the way
        server.start()
        with httpx.Client() as client:
            assert post(client, server.address, first).json() == before
        until(lambda: settled(store), "it is settled", server)
    assert account(store) == undisturbed([first])


def test_two_servers_over_one_store_lose_nothing(store_url: str, store: Store, tmp_path: Path) -> None:
    sent = stream()
    servers = [Server(tmp_path / name, store_url) for name in ("one", "two")]
    with running(*servers):
        senders = Senders([server.address for server in servers], sent)
        until(senders.done, "all are handed over", *servers)
        until(lambda: settled(store), "everything is settled", *servers)
        # Told to stop, a server ends well and leaves the other at work.
        assert servers[0].stop() in (0, -15)
        assert is_ready(servers[1].address)
    assert senders.unanswered == 0
    assert kept(store, sent) == []
    assert account(store) == undisturbed(sent)


def test_many_at_once_about_one_new_person_make_one_person(store_url: str, store: Store, tmp_path: Path) -> None:
    """ING-03."""
    [added, *_] = messages_of(3)
    sent = [type(added)(f"copy-{n}", added.body) for n in range(size("R-08").together)]
    servers = [Server(tmp_path / name, store_url) for name in ("one", "two")]
    with running(*servers):
        senders = Senders([server.address for server in servers], sent, threads=size("R-08").together)
        until(senders.done, "all are handed over", *servers)
        until(lambda: settled(store), "everything is settled", *servers)
    assert senders.acknowledged == len(sent)
    assert len(store.links.persons()) == 1
    assert account(store) == undisturbed(sent)
