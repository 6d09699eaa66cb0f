"""What a batch linkage proposed: pairs of patient records to be asked about."""

import sqlalchemy as sa
from alembic import op

revision = "record_0013"
down_revision = "record_0012"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("a", name(), primary_key=True),
        sa.Column("b", name(), primary_key=True),
        sa.Column("said", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_proposals_b", "proposals", ["b"])


def downgrade() -> None:
    op.drop_table("proposals")
