"""The obvious stack does real work: it validates, matches and stores, so that beating it means something."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    for body in bodies:
        obvious.take_adt(body, store)
    assert (_count(store, "inbox"), _count(store, "person")) == (4, 2)
    assert store.db.execute("select max(version) from resource where type = 'Patient'").fetchone() == (2,)


def test_it_stores_the_content_that_carehub_does(store: obvious.ObviousStore) -> None:
    bodies = feeds.adt_messages(8, 2)
    for body, ours in zip(bodies, as_r4(ACUTE, bodies), strict=True):
        obvious.take_adt(body, store)
        number = store.db.execute("select max(rowid) from resource").fetchone()[0]
        theirs = [
            json.loads(b) for (b,) in store.db.execute("select body from resource where rowid > ? order by rowid", (number - len(ours),))
        ]
        assert [r["resourceType"] for r in theirs] == [r["resourceType"] for r in ours]
        said, held = _said(ours), _said(theirs)
        # Both ways, so that a detail the adapter learns to map costs no test, and a baseline that does less is noticed.
        assert (said & held).total() > 0.95 * max(said.total(), held.total())


def _said(resources: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Every value with its place; ids are each side's own, so they are named by their order."""
    text = json.dumps(resources)
    for n, resource in enumerate(resources):
        text = text.replace(resource["id"], f"#{n}")
    return Counter(leaf for resource in json.loads(text) for leaf in _leaves(resource, resource["resourceType"]))


def _leaves(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, f"{place}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part, place)
    else:
        yield place, str(value)


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
