"""`carehub doctor`: how the whole installation stands, looked at without changing anything. Counts, times and numbers of issues only."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from carehub.hub.hub import Hub
from carehub.hub.metering import figures
from carehub.hub.rules_in_force import standing_out
from carehub.store.sql.one_clock import told_by
from carehub.store.sql.store import SqlStore
from carehub.terms.errors import CarehubError
from carehub.terms.moments import iso
from carehub.wiring.bootstrap import build_hub, clock
from carehub.wiring.loading import load_adapters
from carehub.wiring.overlaying import load_overlay
from carehub.wiring.read_only_order import order_of
from carehub.wiring.settings import Settings
from carehub.wiring.sharing_agreements import load_sharing

State = Literal["well", "look", "wrong"]
Answer = tuple[State, str]

_WAITS_SECONDS = 300
_DEAD_SECONDS = 86400
# What works with the store goes by the database's clock; the logs of this machine, its files' times and whoever runs it do not.
_APART_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """what: the part looked at. state: well, look (works, and somebody should know) or wrong. words: a sentence."""

    what: str
    state: State
    words: str


def examine_all(settings: Settings) -> Iterator[Finding]:
    """Part after part, the later ones only as far as the earlier ones allow."""
    yield _asked("settings", lambda: _settings(settings))
    yield _asked("adapters", lambda: _adapters(settings))
    yield _asked("agreements", lambda: _agreements(settings))
    yield _asked("queue", lambda: _queue(settings))
    yield _asked("backup", lambda: _backup(settings))
    with closing(SqlStore(settings.store_url, settings.audit_key, settings.audit_database_url)) as store:
        if not all(place.file.exists() for place in store.places.values() if place.file):
            yield Finding("store", "wrong", "There is no store yet: `carehub db upgrade` makes one.")
            return
        found = _asked("store", lambda: _store(store))
        yield found
        if found.state == "wrong":
            return
        yield _asked("writing", lambda: _writing(store, settings))
        yield _asked("clock", lambda: _clock(store))
        try:
            hub = build_hub(settings, store=store)
        except (CarehubError, ValueError):
            return  # told above
        yield _asked("relationships", lambda: _relationships(hub))
        yield _asked("identity rules", lambda: _rules(hub))
        yield _asked("work", lambda: _work(hub))
        yield _asked("feeds", lambda: _feeds(hub))


def _asked(what: str, question: Callable[[], Answer]) -> Finding:
    try:
        return Finding(what, *question())
    except CarehubError as error:
        return Finding(what, "wrong", "; ".join(f"{found.number} {found.text}" for found in error.issues))
    except ValueError as error:  # of a file or setting: these name file and key, never a value
        return Finding(what, "wrong", str(error))


def _settings(settings: Settings) -> Answer:
    settings.refuse_unsafe()
    if settings.env != "production":
        return "look", f"CAREHUB_ENV is {settings.env}: only production refuses what is unsafe."
    return "well", "Production, and nothing in them is unsafe."


def _adapters(settings: Settings) -> Answer:
    loaded = load_adapters(settings.adapters)
    feeds = load_overlay(settings.overlay, loaded).over(loaded).feeds()
    return "well", f"{len(feeds)} feeds of {len({feed.split('/')[0] for feed in feeds})} adapters."


def _agreements(settings: Settings) -> Answer:
    load_sharing(settings.agreements)
    if settings.agreements is None:
        return "look", "CAREHUB_AGREEMENTS names no file: every source that sends is shown, and nobody is asked for a relationship."
    return "well", "The file can be read."


def _relationships(hub: Hub) -> Answer:
    held = hub.disclosing.sharing.in_force(hub.clock())
    if not held.relationship:
        return "look", "Not asked: whoever has the role reads anybody's record."
    return "well", f"Required, until {held.days_after} days after their end."


def _queue(settings: Settings) -> Answer:
    if not settings.redis_url:
        return "look", "CAREHUB_REDIS_URL names no Redis: each process does its own work."
    import redis

    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=5) as client:
            kept = client.config_get("maxmemory-policy")
    except redis.RedisError as error:
        return "wrong", f"Redis does not answer ({type(error).__name__}). Submissions are still taken; nothing is worked on."
    policy = str(dict(kept).get("maxmemory-policy", ""))
    if policy not in ("", "noeviction"):
        return "look", f"Redis forgets when it is full (maxmemory-policy {policy}); the sweep finds what waits, later."
    return "well", "Redis answers."


def _backup(settings: Settings) -> Answer:
    if not settings.backup_recipient:
        return "look", "CAREHUB_BACKUP_RECIPIENT is not set: `carehub backup make` refuses."
    if not settings.store_url.startswith("sqlite") and shutil.which("pg_dump") is None:
        return "wrong", "pg_dump is not installed: no backup can be made here."
    return "well", "A key is named. Whether backups are made, and whether one was restored, is for you to know."


def _store(store: SqlStore) -> Answer:
    store.ready()
    return "well", "It can be read, its tables are this version's, its commits outlive a power cut, and there is room."


def _writing(store: SqlStore, settings: Settings) -> Answer:
    if halt := order_of(settings)():
        return "look", f"Read-only by order since {halt.since:%Y-%m-%d %H:%M} UTC."
    store.try_writing()
    return "well", "It can be written."


def _clock(store: SqlStore) -> Answer:
    place = store.places["log"]
    if place.sqlite:
        return "well", "One machine, one clock."
    apart = abs((place.ask(told_by) - datetime.now(UTC)).total_seconds())
    state: State = "wrong" if apart > _APART_SECONDS else "well"
    return state, f"The database's clock and this machine's are {apart:.0f} seconds apart."


def _rules(hub: Hub) -> Answer:
    words = standing_out(hub.store.links, hub.log, hub.scales)
    return ("look", words) if words else ("well", "Every link was decided by the rules of the settings.")


def _work(hub: Hub) -> Answer:
    told = figures(hub)
    waiting = "{map} to map, {identity} for the identity lane, {assemble} plans to make, {export} exports to write".format(**told.waiting)
    if told.oldest_waiting > _WAITS_SECONDS:
        return "wrong", f"A message has waited {told.oldest_waiting / 60:.0f} minutes: {waiting}."
    if old := [feed for feed, seconds in told.oldest_dead.items() if seconds > _DEAD_SECONDS]:
        return "look", f"Rejected messages wait over a day in {', '.join(old)}: `carehub quarantine list`. {waiting}."
    return "well", f"{told.received} messages received; {waiting}."


def _feeds(hub: Hub) -> Answer:
    lines = hub.feed_health()
    unwell = sorted({f"{line.feed} {line.standing}" for line in lines if not line.well})
    if unwell:
        return "look", f"{', '.join(unwell)}: `carehub feeds`."
    silent = sorted({line.feed for line in lines if line.state == "silent"})
    return "well", f"None is late or failing{f'; {len(silent)} never brought anything' if silent else ''}."


def show(*, as_json: bool) -> bool:
    """Print what was found; whether nothing is wrong."""
    found = list(examine_all(Settings()))
    if as_json:
        print(json.dumps({"at": iso(clock()), "findings": [asdict(one) for one in found]}))
    else:
        for one in found:
            print(f"{one.state:<6}{one.what:<16}{one.words}")
    return all(one.state != "wrong" for one in found)
