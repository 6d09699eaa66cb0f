"""The tables of the audit trail: only ever added to."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table

from carehub.store.sql.tables import Name, Number, audit

audit_events = Table(
    "audit_events",
    audit,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("id", Name, nullable=False, unique=True),
    Column("at", Name, nullable=False),
    Column("person", Name, nullable=False),
    Column("event", LargeBinary, nullable=False),
    Column("place", Number),
    Column("link", LargeBinary),
    Index("audit_events_person", "person", "at"),
)
# One row: how far the chain of audit_events goes (governance.audit_chain).
audit_head = Table(
    "audit_head",
    audit,
    Column("head", Integer, primary_key=True, autoincrement=False),
    Column("rows", Number, nullable=False),
    Column("link", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)
