"""The first tables of the audit area."""

import sqlalchemy as sa
from alembic import op

revision = "audit_0001"
down_revision = None
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("number", number(), primary_key=True, autoincrement=True),
        sa.Column("id", name(), nullable=False, unique=True),
        sa.Column("at", name(), nullable=False),
        sa.Column("person", name(), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
    )
    op.create_index("audit_events_person", "audit_events", ["person", "at"])


def downgrade() -> None:
    op.drop_table("audit_events")
