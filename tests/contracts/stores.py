"""Stores to test, and values to put in them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from carehub.feeds.message import Submission, message_id
from carehub.fhir.canonical import content_hash
from carehub.identity.demographics import Demographics
from carehub.identity.links import Evidence, Link, LinkSource, MatchResult, Member, Review
from carehub.store.memory import MemoryStore
from carehub.store.ports import Store
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from carehub.store.stored import Delivery, LaneBatch, MapOutcome, MappingBatch, StoredRecord, Telling
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import derived_id

AT = "2026-11-22T06:10:00.000Z"
SOURCE = SourceOrganisation("ZZ901", "Harbour Lane Surgery", SourceKind.GP)


@cache
def _empty() -> Path:
    """A folder with a SQLite store just made, to copy: making the tables takes longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="carehub-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    upgrade(f"sqlite:///{folder / 'carehub.db'}")
    return folder


def prepare(url: str) -> None:
    """Make the tables, if they are not there."""
    path = make_url(url).database or ""
    if not url.startswith("sqlite"):
        upgrade(url)
    elif not Path(path).with_name("carehub-log.db").exists():
        shutil.copytree(_empty(), Path(path).parent, dirs_exist_ok=True)


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """The store at an address, its tables made; in memory for ""."""
    if url:
        prepare(url)
    store: Store = SqlStore(url) if url else MemoryStore()
    try:
        yield store
    finally:
        store.close()


@contextmanager
def postgresql_schema() -> Iterator[str]:
    """The address of an empty schema of its own in the test server."""
    server = make_url(os.environ["CAREHUB_TEST_PG_URL"]).set(drivername="postgresql+psycopg")
    schema = f"carehub_{uuid.uuid4().hex}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        yield server.update_query_dict({"options": f"-csearch_path={schema}", "application_name": schema}).render_as_string(
            hide_password=False
        )
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


@contextmanager
def postgresql_database() -> Iterator[str]:
    """The address of an empty database of its own in the test server."""
    server = make_url(os.environ["CAREHUB_TEST_PG_URL"]).set(drivername="postgresql+psycopg")
    name = f"carehub_{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def delivery(body: bytes, *parts: bytes, key: str = "", feed: str = "gp/structured-record", at: str = AT) -> Delivery:
    return Delivery(Submission(feed, body, at, "cli", key, "application/json"), parts or (body,))


def ids(delivered: Delivery) -> list[str]:
    return [message_id(delivered.submission.id, part) for part in range(len(delivered.parts))]


def named(*parts: str) -> str:
    return derived_id("test", *parts)


def telling(record: str, message: str, body: bytes = b'{"resourceType":"Condition"}', **other: Any) -> Telling:
    values: dict[str, Any] = {
        "type": "Condition",
        "patient": named("patient"),
        "position": 1,
        "told_at": AT,
        "sequence": "",
        "change": "snapshot",
        "clears": (),
        "sha": content_hash(body),
        **other,
    }
    return Telling(record=record, message=message, body=body, **values)


def stored(record: str, body: bytes = b'{"resourceType":"Condition"}', **other: Any) -> StoredRecord:
    values: dict[str, Any] = {
        "type": "Condition",
        "patient": named("patient"),
        "source": SOURCE,
        "feed": "gp/structured-record",
        "version": 1,
        "message": named("message"),
        "recorded": AT,
        "received": "2026-11-22T06:11:00.000Z",
        "author": "Dr Invented",
        "adapter": "gp",
        "mapping_version": 1,
        "withdrawn": False,
        "content": content_hash(body),
        "last_told": (AT, "", content_hash(body)),
        "last_position": 1,
        **other,
    }
    return StoredRecord(id=record, body=body, **values)


def outcome(message: str, position: int = 1, **other: Any) -> MapOutcome:
    values: dict[str, Any] = {
        "feed": "gp/structured-record",
        "verdict": "accepted",
        "patient": named("patient"),
        "source": SOURCE,
        "kind": "collection",
        "recorded": AT,
        "told_at": AT,
        "received": AT,
        "sequence": "",
        "snapshot": True,
        "issues": (),
        "quarantined": (),
        "merges": (),
        "records": 1,
        "mapping_version": 1,
        "attempts": 1,
        "at": AT,
        **other,
    }
    return MapOutcome(message=message, position=position, **values)


def mapping(*said: Telling | StoredRecord | MapOutcome, **other: Any) -> MappingBatch:
    return MappingBatch(
        tuple(one for one in said if isinstance(one, Telling)),
        tuple(one for one in said if isinstance(one, StoredRecord)),
        tuple(one for one in said if isinstance(one, MapOutcome)),
        **other,
    )


def member(patient: str, person: str, *keys: str, match_key: str = "", **demographics: Any) -> Member:
    return Member(patient, Demographics(**demographics), match_key, keys, person)


def link(patient: str, person: str, rule: str = "first", **other: Any) -> Link:
    values: dict[str, Any] = {"result": MatchResult.MATCH, "source": LinkSource.AUTO, **other}
    evidence = (Evidence("nhs_number", "exact", "The NHS numbers are the same."),)
    return Link(patient, person, rule=rule, rules_version=1, because="The NHS number agrees.", evidence=evidence, **values)


def review(a: str, b: str, because: str = "The names are alike.") -> Review:
    return Review(a, b, MatchResult.POSSIBLE_MATCH, "alike", because, (Evidence("family", "close", "The family names sound alike."),))


def lane_batch(position: int, **other: Any) -> LaneBatch:
    values: dict[str, Any] = {
        "members": (),
        "links": (),
        "reviewed": (),
        "reviews": (),
        "merges": (),
        "redirects": (),
        "dirty": (),
        "at": AT,
        **other,
    }
    return LaneBatch(position=position, **values)


def through_lane(store: Store, position: int, **other: Any) -> None:
    """Commit one lane batch."""
    with store.links.lane() as lane:
        lane.commit(lane_batch(position, **other))
