"""Messages that a process ended with while it mapped them."""

import sqlalchemy as sa
from alembic import op

revision = "record_0014"
down_revision = "record_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tries",
        sa.Column("message", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("alone", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("tries")
