"""The table of messages that a process ended with. It outlives a clearing of the projections: a rebuild must not be ended by what ended others."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table

from carehub.store.sql.tables import Name, record

tries = Table(
    "tries",
    record,
    Column("message", Name, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("times", Integer, nullable=False),
    Column("alone", Integer, nullable=False),
)
LASTING = (tries.name,)
