"""The table of what is good for a short time. It outlives a clearing of the projections: nobody is signed out by a rebuild."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table

from carehub.store.sql.tables import Name, record

passes = Table(
    "passes",
    record,
    Column("kind", Name, primary_key=True),
    Column("key", Name, primary_key=True),
    Column("until", Name, nullable=False),
    Column("owner", Name, nullable=False),
    Column("said", LargeBinary, nullable=False),
    Index("ix_passes_until", "until"),
    Index("ix_passes_owner", "owner"),
    Index("ix_passes_key", "key"),
)
LASTING = (passes.name,)
