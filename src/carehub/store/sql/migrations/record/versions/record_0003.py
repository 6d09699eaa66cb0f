"""Rulings of stewards, and which patient records they name."""

import sqlalchemy as sa
from alembic import op

revision = "record_0003"
down_revision = "record_0002"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rulings",
        sa.Column("ruling", name(), primary_key=True),
        sa.Column("position", number(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "ruling_records",
        sa.Column("patient", name(), primary_key=True),
        sa.Column("ruling", name(), primary_key=True),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("ruling_records")
    op.drop_table("rulings")
