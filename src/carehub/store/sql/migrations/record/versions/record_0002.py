"""Scopes and what closes them, messages the identity lane must look at again, and what each feed brought."""

import sqlalchemy as sa
from alembic import op

revision = "record_0002"
down_revision = "record_0001"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "scoped",
        sa.Column("record", number(), primary_key=True, autoincrement=False),
        sa.Column("message", number(), primary_key=True, autoincrement=False),
        sa.Column("scope", number(), nullable=False),
        sa.Column("unit", number(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("scoped_scope", "scoped", ["scope", "record"])
    op.create_index("ix_scoped_message", "scoped", ["message"])
    op.create_table(
        "closings",
        sa.Column("message", number(), primary_key=True, autoincrement=False),
        sa.Column("scope", number(), primary_key=True, autoincrement=False),
        sa.Column("patient", number(), nullable=False),
        sa.Column("unit", number(), nullable=False),
        sa.Column("told_at", name(), nullable=False),
        sa.Column("sequence", sa.LargeBinary(), nullable=False),
        sa.Column("position", number(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("closings_scope", "closings", ["scope", "patient", "told_at"])
    op.create_table(
        "scopes",
        sa.Column("scope", number(), primary_key=True, autoincrement=False),
        sa.Column("told", number(), nullable=False),
        sa.Column("closed", number(), nullable=False),
    )
    op.create_table(
        "revisits",
        sa.Column("message", name(), primary_key=True),
        sa.Column("patient", name(), primary_key=True),
        sa.Column("position", number(), nullable=False),
        sa.Column("stamp", number(), nullable=False),
    )
    op.create_index("revisits_position", "revisits", ["position"])
    op.create_table(
        "tallies",
        sa.Column("day", name(), primary_key=True),
        sa.Column("origin", number(), primary_key=True, autoincrement=False),
        sa.Column("messages", number(), nullable=False),
        sa.Column("partly", number(), nullable=False),
        sa.Column("rejected", number(), nullable=False),
        sa.Column("untranslated", number(), nullable=False),
        sa.Column("not_mapped", number(), nullable=False),
        sa.Column("last", name(), nullable=False),
        sa.Column("last_good", name(), nullable=False),
        sa.Column("good_position", number(), nullable=False),
        sa.Column("dead_position", number(), nullable=False),
    )


def downgrade() -> None:
    for table in ("tallies", "revisits", "scopes", "closings", "scoped"):
        op.drop_table(table)
