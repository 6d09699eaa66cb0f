"""A backlog mapped in several processes: the record is the one that a single process makes, whoever dies on the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from carehub.feeds.message import Submission
from carehub.hub.hub import Drained, Hub
from carehub.hub.map_message import MapReport
from carehub.terms.errors import Overtaken
from carehub.terms.issue_catalogue import issue
from carehub.wiring.bootstrap import build_hub, hub_of_process, mapping_side_by_side
from carehub.wiring.settings import Settings
from carehub.workers.side_by_side import MappingProcesses
from unit.generators.making import GENERATORS


def _settings(place: Path) -> Settings:
    return Settings(_env_file=None, env="demo", var=place, database_url="", redis_url="", adapters=None)


def _received(place: Path) -> Hub:
    """A hub with every generated feed waiting in its log: hospital messages about the same people, and submissions that close a scope."""
    hub = build_hub(_settings(place))
    for name in sorted(GENERATORS):
        for n, one in enumerate(GENERATORS[name](1).submissions):
            hub.receive([Submission(one.feed, one.body, f"{one.received}T06:00:00.000Z", "test", f"{name}-{n}-{one.name}")])
    return hub


def _drained(place: Path, build: Callable[[Settings], Hub] | None) -> tuple[Drained, str, list[tuple[str, str, str, int]], int]:
    hub = _received(place)
    with closing(hub.store):
        if build is None:
            done = hub.drain()
        else:
            with MappingProcesses(partial(build, _settings(place)), 2) as processes:
                done = hub.drain(side_by_side=processes)
        waiting = hub.log.last_position() - hub.store.links.lane_position()
        return done, hub.record_hash(), hub.store.records.counts(), waiting


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Drained, str, list[tuple[str, str, str, int]], int]:
    return _drained(tmp_path_factory.mktemp("alone"), None)


def dying(settings: Settings) -> Hub:
    """A hub whose process is gone at its second list."""
    return _spoilt(settings, lambda: os._exit(9))


def overtaken(settings: Settings) -> Hub:
    """A hub that is overtaken at its second list, and every time after."""

    def raising() -> None:
        raise Overtaken(issue("STORE-004"))

    return _spoilt(settings, raising)


def _spoilt(settings: Settings, spoil: Callable[[], None]) -> Hub:
    hub, calls = hub_of_process(settings), []

    class Spoilt(Hub):
        def map(self, ids: object, **how: object) -> MapReport:
            calls.append(ids)
            if len(calls) > 1:
                spoil()
            return hub.map(ids, **how)  # type: ignore[arg-type]

    return Spoilt(hub.store, hub.log, hub.catalogue, hub.clock, hub.disclosing)


@pytest.mark.parametrize("build", [hub_of_process, dying, overtaken], ids=["all well", "killed", "overtaken"])
def test_the_record_is_the_same_as_from_one_process(
    build: Callable[[Settings], Hub], alone: tuple[Drained, str, list[tuple[str, str, str, int]], int], tmp_path: Path
) -> None:
    done, record_hash, counts, waiting = _drained(tmp_path, build)
    assert (record_hash, counts, waiting) == (alone[1], alone[2], 0)
    assert waiting == alone[3]
    assert done.failed == ()
    if build is not dying:  # what a process had mapped when it died is not in the sum
        assert done.messages == alone[0].messages


def test_a_short_backlog_or_a_single_core_starts_nothing(tmp_path: Path) -> None:
    few, many = 100, 1_000_000
    with mapping_side_by_side(_settings(tmp_path), few) as mapping:
        assert mapping is None
    one = _settings(tmp_path).model_copy(update={"mapping_processes": 1})
    with mapping_side_by_side(one, many) as mapping:
        assert mapping is None
    two = _settings(tmp_path).model_copy(update={"mapping_processes": 2})
    with mapping_side_by_side(two, many) as mapping:
        assert isinstance(mapping, MappingProcesses)
