"""The obvious stack does real work: it validates, matches and stores, so that beating it means something."""

from pathlib import Path

import feeds
import obvious
import pytest
from hubs import ACUTE, GP
from least import as_r4
from pydantic import ValidationError


@pytest.fixture
def store(tmp_path: Path):
    opened = obvious.ObviousStore(tmp_path)
    yield opened
    opened.close()


def _count(store: obvious.ObviousStore, table: str) -> int:
    return store.db.execute(f"select count(*) from {table}").fetchone()[0]


def test_two_messages_of_one_person_are_one_person(store: obvious.ObviousStore) -> None:
    bodies = feeds.adt_messages(4, 2)
    for body, resources in zip(bodies, as_r4(ACUTE, bodies), strict=True):
        obvious.take_adt(body, resources, store)
    assert (_count(store, "inbox"), _count(store, "person")) == (4, 2)
    assert store.db.execute("select max(version) from resource where type = 'Patient'").fetchone() == (2,)


def test_it_commits_durably(store: obvious.ObviousStore) -> None:
    assert store.db.execute("pragma synchronous").fetchone() == (2,)
    assert store.db.execute("pragma journal_mode").fetchone() == ("wal",)


def test_a_bundle_is_stored_whole(store: obvious.ObviousStore) -> None:
    body = feeds.gp_record_of(30)
    [resources] = as_r4(GP, [body])
    obvious.take_bundle(resources, body, store)
    assert _count(store, "resource") == len(resources) > 20


def test_an_empty_bundle_measures_nothing(store: obvious.ObviousStore) -> None:
    with pytest.raises(ValueError, match="nothing"):
        obvious.take_bundle([], b'{"resourceType":"Bundle","entry":[]}', store)


def test_it_validates() -> None:
    with pytest.raises(ValidationError):
        obvious.modelled({"resourceType": "Patient", "birthDate": "yesterday"})
