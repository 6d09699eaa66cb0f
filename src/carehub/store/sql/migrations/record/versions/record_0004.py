"""Reports that a record may be another person's, and which of them were taken back."""

import sqlalchemy as sa
from alembic import op

revision = "record_0004"
down_revision = "record_0003"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("report", name(), primary_key=True),
        sa.Column("patient", name(), nullable=False),
        sa.Column("position", number(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_reports_patient", "reports", ["patient"])
    op.create_table("report_lifts", sa.Column("report", name(), primary_key=True), sa.Column("said", sa.LargeBinary(), nullable=False))


def downgrade() -> None:
    op.drop_table("report_lifts")
    op.drop_table("reports")
