"""Verbs for whoever looks after a hub: rebuild, sweep, schema, adapters."""

from __future__ import annotations

import json

from carehub.wiring.bootstrap import build_hub, mapping_side_by_side
from carehub.wiring.progress import advancing
from carehub.wiring.settings import Settings


def rebuild_store(*, as_json: bool) -> bool:
    """Rebuild and report; whether the hash is the same."""
    settings = Settings()
    hub = build_hub(settings)
    backlog = hub.log.last_position()
    with advancing("Replaying the log", backlog, quiet=as_json) as advance, mapping_side_by_side(settings, backlog) as side_by_side:
        done = hub.rebuild(advance, side_by_side)
    if as_json:
        print(json.dumps({"before": done.before, "after": done.after, "messages": done.messages, "same": done.same}))
    else:
        print(f"{done.messages} messages replayed")
        print(f"record hash before {done.before}\nrecord hash after  {done.after}")
        print("The same record came out." if done.same else _not_the_same(settings))
    return done.same


def _not_the_same(settings: Settings) -> str:
    overlay = f"the overlay {settings.overlay}" if settings.overlay else "no overlay"
    return (
        f"THE RECORD IS NOT THE SAME. It was replayed with {overlay} and the adapters of this version of carehub: other ones than those that made it "
        "make another record. If they are the same, keep the log and ask for help."
    )


def sweep_store(*, as_json: bool) -> None:
    """Do whatever work waits anywhere in the log, and discard submissions that were never finished."""
    hub = build_hub(Settings())
    hub.sweep_streams()
    done = hub.drain()
    if as_json:
        print(json.dumps({"mapped": done.messages, "adapter_failures": len(done.bugs), "plan_failures": len(done.failed)}))
    else:
        print(f"{done.messages} messages mapped, {len(done.bugs)} adapter failures, {len(done.failed)} plans that could not be made")


def upgrade_store() -> None:
    """Bring the schema up to date."""
    from carehub.store.sql.migrating import upgrade

    settings = Settings()
    if settings.store_url.startswith("sqlite"):
        settings.var.mkdir(parents=True, exist_ok=True)
    upgrade(settings.store_url, settings.audit_database_url)
    print("The schema is up to date.")
