"""The tables of rulings: what stewards said, and which patient records each word names."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table

from carehub.store.sql.tables import Name, Number, record

rulings = Table(
    "rulings",
    record,
    Column("ruling", Name, primary_key=True),
    Column("position", Number, nullable=False),
    Column("said", LargeBinary, nullable=False),
)
ruling_records = Table(
    "ruling_records",
    record,
    Column("patient", Name, primary_key=True),
    Column("ruling", Name, primary_key=True),
    sqlite_with_rowid=False,
)
