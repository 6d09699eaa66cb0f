"""Near keys (identity.near_keys): which patient records bear each, as a member's own row says too. Neighbours: which records each is near."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table

from carehub.store.sql.tables import Name, Number, record

near_keys = Table(
    "near_keys",
    record,
    Column("key", Number, primary_key=True, autoincrement=False),
    Column("patient", Name, primary_key=True),
    sqlite_with_rowid=False,
)
neighbours = Table(
    "neighbours",
    record,
    Column("patient", Name, primary_key=True),
    Column("near", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
