"""SqlStore: all ports over one SQLAlchemy code path, on SQLite (three files) or PostgreSQL (one database)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Hashable
from functools import partial

from carehub.store.auditing import AuditTrail
from carehub.store.group_commit import GroupedLooks
from carehub.store.sql.audit import SqlAudit
from carehub.store.sql.disposal import SqlDisposal
from carehub.store.sql.exports import SqlExports
from carehub.store.sql.links import SqlLinks
from carehub.store.sql.log import SqlLog
from carehub.store.sql.migrating import current, version_table
from carehub.store.sql.passes import SqlPasses
from carehub.store.sql.places import Place, places
from carehub.store.sql.plans import SqlPlans
from carehub.store.sql.records import SqlRecords
from carehub.store.sql.steps import SqlSteps
from carehub.store.sql.streams import SqlStreams
from carehub.store.sql.subscriptions import SqlSubscriptions
from carehub.store.sql.tries import SqlTries
from carehub.terms.errors import Unavailable
from carehub.terms.issue_catalogue import issue

_LEAST_FREE_BYTES = 64 * 1024 * 1024
# SQLite: 2 is FULL, 3 is EXTRA (https://www.sqlite.org/pragma.html#pragma_synchronous). PostgreSQL: these wait at least for the server's own
# disk; "off" lost 353 of 146,883 acknowledged rows when the server was killed.
_DURABLE = {"2", "3", "on", "local", "remote_write", "remote_apply"}


class SqlStore:
    """All ports of one store. The tables must be there: see `carehub.store.sql.migrating.upgrade`.

    audit_key: what the audit trail is sealed with.
    url: "sqlite:///var/carehub.db" (see `places`) or "postgresql+psycopg://user:password@host/database". Safe for threads and for several
    processes; after a fork the child opens connections of its own. Raises ValueError for another kind of database.
    audit_url, before_writing: see `places`.
    """

    def __init__(self, url: str, audit_key: bytes = b"", audit_url: str = "", before_writing: Callable[[], None] = lambda: None) -> None:
        self.places = places(url, audit_url, before_writing)
        self.streams = SqlStreams(self.places["log"])
        self.log = SqlLog(self.places["log"], self.streams)
        self.records = SqlRecords(self.places["record"])
        self.links = SqlLinks(self.places["record"])
        self.plans = SqlPlans(self.places["record"])
        self.steps = SqlSteps(self.places["record"])
        self.subscriptions = SqlSubscriptions(self.places["record"])
        self.passes = SqlPasses(self.places["record"])
        self.tries = SqlTries(self.places["record"])
        self.exports = SqlExports(self.places["record"])
        self.disposal = SqlDisposal(self.places["log"], self.places["record"], self.records.forget)
        looks = SqlAudit(self.places["audit"], audit_key)
        self.audit: AuditTrail = looks if self.places["audit"].sqlite else GroupedLooks(looks)  # SQLite's share a flush: see flushing

    def ready(self) -> None:
        """See the port. Also raises Unavailable(STORE-003) when commits would not survive a power cut, (STORE-005) when the disk is nearly full."""
        for area, place in self.places.items():
            if not place.ask(partial(current, area)):
                raise Unavailable(issue("STORE-002", at=area))
            durability = place.durability()
            if durability is not None and durability not in _DURABLE:
                raise Unavailable(issue("STORE-003", at=area))
            _room(place, area)

    def try_writing(self) -> None:
        """Write a row of what arrives and a row of the record as they stand. Raises StoreBusy: STORE-007 when nothing can be written there."""
        for area in ("log", "record"):
            with self.places[area].writing() as writing:
                table = version_table(area)
                writing.text(f"UPDATE {table} SET version_num = version_num")  # noqa: S608 - a table of our own

    def edition(self) -> Hashable | None:
        return self.places["record"].edition()

    def close(self) -> None:
        for place in set(self.places.values()):
            place.close()


def _room(place: Place, area: str) -> None:
    if place.file and shutil.disk_usage(place.file.parent).free < _LEAST_FREE_BYTES:
        raise Unavailable(issue("STORE-005", at=area))
