"""Reviews that other identity rules ended, with the place in the log of the message that put those in force."""

import sqlalchemy as sa
from alembic import op

revision = "record_0008"
down_revision = "record_0007"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "closed_reviews",
        sa.Column("review", name(), primary_key=True),
        sa.Column("a", name(), nullable=False),
        sa.Column("b", name(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("closed_reviews")
