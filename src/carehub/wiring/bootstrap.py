"""Build the Hub by hand: settings in, a bound hub out. No container, no magic."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from carehub.feeds.catalogue import Catalogue
from carehub.governance.policy import TABLE
from carehub.hub.agreement_changes import AgreementChanges
from carehub.hub.asked import Asked
from carehub.hub.disclose import Disclosing
from carehub.hub.disputes_told import Disputes
from carehub.hub.emergency_grants import Emergencies
from carehub.hub.feed_health import FeedWatch
from carehub.hub.hub import Hub, MapLists, Nudge
from carehub.hub.own_feeds import OWN
from carehub.hub.rules_in_force import refuse_two_of_one_version, scales_of, standing_out
from carehub.hub.spanned_hub import SpannedHub, notifying_told
from carehub.hub.spans import NOWHERE
from carehub.hub.trying import Trying
from carehub.store.group_commit import GroupCommit
from carehub.store.ports import Store
from carehub.store.unfinished_files import FolderOfUnfinished
from carehub.wiring.exporting import exports_of
from carehub.wiring.heap import seldom_collected
from carehub.wiring.loading import load_adapters
from carehub.wiring.matching_rules import load_rules
from carehub.wiring.overlaying import load_overlay
from carehub.wiring.read_only_order import refusing_while
from carehub.wiring.settings import Settings
from carehub.wiring.sharing_agreements import load_sharing
from carehub.wiring.sweeping import sweeping_over
from carehub.wiring.telemetry.choosing import spans_of
from carehub.wiring.telemetry.committing import SpannedLog
from carehub.wiring.working import alarm
from carehub.workers.time_limit import TimeLimit


def clock() -> datetime:
    """Now, aware, UTC, by this computer."""
    return datetime.now(UTC)


def clock_over(store: Store) -> Callable[[], datetime]:
    """The clock of a hub over this store: the database's where computers share one, so that theirs need not agree. Raises StoreBusy."""
    from carehub.store.sql.one_clock import clock_of
    from carehub.store.sql.store import SqlStore

    return clock_of(store.places["record"], clock) if isinstance(store, SqlStore) else clock


def open_store(settings: Settings) -> Store:
    """The store the settings name, its schema brought up to date for SQLite and checked for PostgreSQL. Raises Unavailable."""
    from carehub.store.sql.migrating import upgrade
    from carehub.store.sql.store import SqlStore

    url = settings.store_url
    if url.startswith("sqlite"):
        Path(settings.var).mkdir(parents=True, exist_ok=True)
        upgrade(url, settings.audit_database_url)
    store = SqlStore(url, settings.audit_key, settings.audit_database_url, refusing_while(settings.read_only_order))
    try:
        store.ready()
    except BaseException:
        store.close()
        raise
    return store


def build_hub(
    settings: Settings, *, store: Store | None = None, catalogue: Catalogue | None = None, nudge: Nudge | None = None, role: str = ""
) -> Hub:
    """A Hub over the settings' store, the adapters as the site's overlay has them, and the policy table. role: what this process is, where it is one
    that runs until stopped: see wiring.telemetry.choosing."""
    settings.refuse_unsafe()
    held = store or open_store(settings)
    loaded = catalogue or load_adapters(settings.adapters)
    adapters = load_overlay(settings.overlay, loaded).over(loaded).with_own(*OWN)
    now = clock_over(held)
    feeds, grace = FeedWatch(held.records, adapters), timedelta(days=settings.discharge_grace_days)
    spans = spans_of(settings, role, adapters.feeds())
    disclosing = Disclosing(
        held.records,
        held.links,
        held.plans,
        held.audit,
        TABLE,
        now,
        feeds,
        adapters,
        held.steps,
        grace,
        replace(load_sharing(settings.agreements), changes=AgreementChanges(held.records, held.log)),
        Emergencies(held.records, held.links, held.log),
        sweeping_over(settings.searches_per_minute),
        Disputes(held.records, held.links, held.log),
        spans,
        Asked(held.edition),
    )
    rules = load_rules(settings.identity_rules)
    refuse_two_of_one_version(held.links.rules(), rules)
    scales = scales_of(rules)
    if spans is NOWHERE:
        hub = Hub(held, GroupCommit(held.log), adapters, now, disclosing, scales=scales)
    else:
        hub = SpannedHub(held, SpannedLog(held.log, spans), adapters, now, disclosing, scales=scales, spans=spans)
    hub.exports = exports_of(settings, hub)
    hub.trying = Trying(
        held.tries,
        FolderOfUnfinished(settings.var / "in-hand"),
        TimeLimit(settings.mapping_seconds, alarm, grace=min(10.0, settings.mapping_seconds)),
    )
    if nudge is not None:
        hub.nudge = nudge
    if settings.subscription_names:
        from carehub.wiring.subscribers import rest_hook, tell_by  # its client takes half a second to import

        tell_by(hub, rest_hook(settings, hub))
        hub.tell_subscribers = notifying_told(hub, hub.tell_subscribers)
    return hub


def warn_of_rules(hub: Hub) -> None:
    """Say at the start of a long-lived process when what is stored was decided by other identity rules."""
    if words := standing_out(hub.store.links, hub.log, hub.scales):
        import structlog  # a tenth of the start-up, and seldom needed

        structlog.get_logger("carehub").warning("identity rules", reason=words)


# Below this, starting processes takes longer than mapping.
_BACKLOG = 5000


def mapping_side_by_side(settings: Settings, backlog: int) -> AbstractContextManager[MapLists | None]:
    """What maps a backlog of so many messages in as many processes as the settings allow; None where one process does it as fast."""
    processes = settings.mapping_processes or os.cpu_count() or 1
    if processes < 2 or backlog < _BACKLOG:
        return nullcontext()
    from carehub.workers.side_by_side import MappingProcesses

    return MappingProcesses(partial(hub_of_process, settings), processes)


def hub_of_process(settings: Settings) -> Hub:
    """The hub of a process that does nothing but map."""
    seldom_collected()
    return build_hub(settings)
