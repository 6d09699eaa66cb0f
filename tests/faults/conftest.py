"""Stores that outlive a process, and a Redis database for this test process alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from carehub.store.ports import Store
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from contracts.stores import postgresql_schema
from faults.figures import TOLD, as_properties

STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)]


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store with its tables made."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'carehub.db'}"
        upgrade(url)
        yield url
    else:
        with postgresql_schema() as url:
            upgrade(url)
            yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """This process's own view of the store."""
    opened = SqlStore(store_url)
    yield opened
    opened.close()


@pytest.fixture
def redis_url() -> Iterator[str]:
    """An empty database of the test Redis, not the one other test processes use."""
    yield from _empty_redis()


@pytest.fixture(scope="module")
def redis_url_of_module() -> Iterator[str]:
    """As redis_url, for all tests of a file."""
    yield from _empty_redis()


def _empty_redis() -> Iterator[str]:
    process = int("0" + "".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", ""))))
    url = urlsplit(os.environ["CAREHUB_TEST_REDIS_URL"])._replace(path=f"/{1 + process % 15}").geturl()
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()


@pytest.fixture(autouse=True)
def _figures(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """What a test tells of itself goes into the report of the run (`--junitxml`)."""
    TOLD.clear()
    yield
    for name, number in as_properties(TOLD).items():
        record_property(name, number)
