"""Every store, empty, for the store's contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carehub.store.ports import Store
from contracts.stores import opened, postgresql_schema

MEMORY = "memory"
SQLITE = "sqlite"
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.pg)


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of each kind that outlives a process."""
    if request.param == SQLITE:
        yield f"sqlite:///{tmp_path / 'carehub.db'}"
    else:
        with postgresql_schema() as url:
            yield url


@pytest.fixture(params=[MEMORY, SQLITE, POSTGRESQL])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    if request.param == "postgresql":
        with postgresql_schema() as url, opened(url) as postgresql:
            yield postgresql
    else:
        with opened("" if request.param == MEMORY else f"sqlite:///{tmp_path / 'carehub.db'}") as embedded:
            yield embedded
