"""The first tables of the log area."""

import sqlalchemy as sa
from alembic import op

revision = "log_0001"
down_revision = None
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", number(), primary_key=True, autoincrement=False),
        sa.Column("submission", name(), nullable=False, unique=True),
        sa.Column("feed", name(), nullable=False),
        sa.Column("received_at", name(), nullable=False),
        sa.Column("sha256", name(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("size", number(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
    )
    op.create_table(
        "messages",
        sa.Column("position", number(), primary_key=True, autoincrement=False),
        sa.Column("message", name(), nullable=False, unique=True),
        sa.Column("submission", number(), sa.ForeignKey("submissions.id"), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("start", number(), nullable=False),
        sa.Column("length", number(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
    )
    op.create_table(
        "submission_chunks",
        sa.Column("submission", number(), sa.ForeignKey("submissions.id"), primary_key=True, autoincrement=False),
        sa.Column("chunk", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("submission_chunks")
    op.drop_table("messages")
    op.drop_table("submissions")
