"""The audit trail becomes a chain: a place and a link for each row, and a sealed head. Rows that are there stay as they are; the first link covers them."""

import sqlalchemy as sa
from alembic import op

revision = "audit_0002"
down_revision = "audit_0001"
branch_labels = None
depends_on = None


def number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("audit_events", sa.Column("place", number()))
    op.add_column("audit_events", sa.Column("link", sa.LargeBinary()))
    op.create_table(
        "audit_head",
        sa.Column("head", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("rows", number(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("audit_head")
    op.drop_column("audit_events", "link")
    op.drop_column("audit_events", "place")
