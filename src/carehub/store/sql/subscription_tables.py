"""The tables of who wants to be told, and of what waits to be told. They outlive a clearing of the projections: nobody is told twice."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table

from carehub.store.sql.tables import Name, record

subscriptions = Table(
    "subscriptions",
    record,
    Column("subscription", Name, primary_key=True),
    Column("state", Name, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("said", LargeBinary, nullable=False),
)
# What waits to be told, and what was: kept, so that nothing is told twice.
outbox = Table(
    "outbox",
    record,
    Column("notification", Name, primary_key=True),
    Column("subscription", Name, nullable=False),
    Column("person", Name, nullable=False),
    Column("key", Name, nullable=False),
    Column("stamp", Name, nullable=False),
    Column("focus", Name, nullable=False),
    Column("state", Name, nullable=False),
    Column("at", Name, nullable=False),
    Column("due", Name, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index("ix_outbox_state_due", "state", "due"),
    Index("ix_outbox_subscription_state", "subscription", "state"),
)
LASTING = (subscriptions.name, outbox.name)
