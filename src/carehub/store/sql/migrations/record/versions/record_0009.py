"""Who wants to be told of what happens, and what waits to be told."""

import sqlalchemy as sa
from alembic import op

revision = "record_0009"
down_revision = "record_0008"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("subscription", name(), primary_key=True),
        sa.Column("state", name(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("notification", name(), primary_key=True),
        *(
            sa.Column(column, name(), nullable=False)
            for column in ("subscription", "person", "key", "stamp", "focus", "state", "at", "due")
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
    )
    op.create_index("ix_outbox_state_due", "outbox", ["state", "due"])
    op.create_index("ix_outbox_subscription_state", "outbox", ["subscription", "state"])


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("subscriptions")
