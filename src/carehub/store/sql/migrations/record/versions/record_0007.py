"""Steps about conflicts: one row for each patient record that speaks in the conflict."""

import sqlalchemy as sa
from alembic import op

revision = "record_0007"
down_revision = "record_0006"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "conflict_steps",
        sa.Column("patient", name(), primary_key=True),
        sa.Column("message", name(), primary_key=True),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("conflict_steps")
