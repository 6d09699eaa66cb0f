"""Messages that were disposed of."""

import sqlalchemy as sa
from alembic import op

revision = "log_0003"
down_revision = "log_0002"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "disposed",
        sa.Column("message", name(), primary_key=True),
        sa.Column("proposal", name(), nullable=False),
        sa.Column("version", name(), nullable=False),
        sa.Column("at", name(), nullable=False),
    )
    op.create_table(
        "tombstones",
        sa.Column("submission", number(), sa.ForeignKey("submissions.id"), primary_key=True, autoincrement=False),
        sa.Column("proposal", name(), nullable=False),
        sa.Column("version", name(), nullable=False),
        sa.Column("at", name(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("tombstones")
    op.drop_table("disposed")
