"""The tables of what people said: rulings, reports and steps about conflicts, and which patient records each word names."""

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
# Reports outlive a clearing of the projections: what is hidden stays hidden while the log is replayed.
reports = Table(
    "reports",
    record,
    Column("report", Name, primary_key=True),
    Column("patient", Name, nullable=False, index=True),
    Column("position", Number, nullable=False),
    Column("said", LargeBinary, nullable=False),
)
report_lifts = Table("report_lifts", record, Column("report", Name, primary_key=True), Column("said", LargeBinary, nullable=False))
# One row for each patient record that speaks in the conflict.
conflict_steps = Table(
    "conflict_steps",
    record,
    Column("patient", Name, primary_key=True),
    Column("message", Name, primary_key=True),
    Column("position", Number, nullable=False),
    Column("said", LargeBinary, nullable=False),
)
LASTING = (reports.name, report_lifts.name, conflict_steps.name)
