"""The tables of exports. They outlive a clearing of the projections: an export goes on over a rebuild, and tells of whom it could not."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Table

from carehub.store.sql.tables import Name, record

exports = Table(
    "exports",
    record,
    Column("export", Name, primary_key=True),
    Column("asker", Name, nullable=False),
    Column("state", Name, nullable=False),
    Column("at", Name, nullable=False),
    Column("until", Name, nullable=False),
    Column("asked", LargeBinary, nullable=False),
    Column("progress", LargeBinary, nullable=False),
)
export_persons = Table(
    "export_persons",
    record,
    Column("export", Name, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("person", Name, nullable=False),
)
# The patient records whose lines are written.
export_patients = Table(
    "export_patients",
    record,
    Column("export", Name, primary_key=True),
    Column("patient", Name, primary_key=True),
)
LASTING = (exports.name, export_persons.name, export_patients.name)
