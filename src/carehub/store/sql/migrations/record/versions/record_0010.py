"""What is good for a short time: sessions, tokens, codes, numbers that may be used once."""

import sqlalchemy as sa
from alembic import op

revision = "record_0010"
down_revision = "record_0009"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "passes",
        sa.Column("kind", name(), primary_key=True),
        sa.Column("key", name(), primary_key=True),
        sa.Column("until", name(), nullable=False),
        sa.Column("owner", name(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_passes_until", "passes", ["until"])
    op.create_index("ix_passes_owner", "passes", ["owner"])
    op.create_index("ix_passes_key", "passes", ["key"])


def downgrade() -> None:
    op.drop_table("passes")
