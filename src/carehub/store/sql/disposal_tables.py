"""The tables of what was disposed of, beside the log: messages that tell nothing any more, and submissions whose bytes are destroyed."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table

from carehub.store.sql.tables import Name, Number, log

# A message may be marked long before its bytes go: a file stays until all its people are due.
disposed = Table(
    "disposed",
    log,
    Column("message", Name, primary_key=True),
    Column("proposal", Name, nullable=False),
    Column("version", Name, nullable=False),
    Column("at", Name, nullable=False),
)
tombstones = Table(
    "tombstones",
    log,
    Column("submission", Number, ForeignKey("submissions.id"), primary_key=True, autoincrement=False),
    Column("proposal", Name, nullable=False),
    Column("version", Name, nullable=False),
    Column("at", Name, nullable=False),
)
