"""The index of near keys (identity.near_keys): which patient records bear each. A member's own row says which keys it has here."""

from __future__ import annotations

from sqlalchemy import Column, Table

from carehub.store.sql.tables import Name, Number, record

near_keys = Table(
    "near_keys",
    record,
    Column("key", Number, primary_key=True, autoincrement=False),
    Column("patient", Name, primary_key=True),
    sqlite_with_rowid=False,
)
