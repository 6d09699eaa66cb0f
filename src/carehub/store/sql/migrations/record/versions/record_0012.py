"""Exports of a caseload: who asked, how far each has come, and whose records are in it."""

import sqlalchemy as sa
from alembic import op

revision = "record_0012"
down_revision = "record_0011"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("export", name(), primary_key=True),
        sa.Column("asker", name(), nullable=False),
        sa.Column("state", name(), nullable=False),
        sa.Column("at", name(), nullable=False),
        sa.Column("until", name(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("progress", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "export_persons",
        sa.Column("export", name(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("person", name(), nullable=False),
    )
    op.create_table(
        "export_patients",
        sa.Column("export", name(), primary_key=True),
        sa.Column("patient", name(), primary_key=True),
    )


def downgrade() -> None:
    for table in ("export_patients", "export_persons", "exports"):
        op.drop_table(table)
