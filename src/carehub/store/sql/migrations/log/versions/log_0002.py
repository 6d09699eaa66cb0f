"""Submissions that come in a stream."""

import sqlalchemy as sa
from alembic import op

revision = "log_0002"
down_revision = "log_0001"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "streams",
        sa.Column("id", number(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("touched", name(), nullable=False),
        sa.Column("submission", number(), sa.ForeignKey("submissions.id"), unique=True),
        sa.Column("first", number()),
        sa.Column("last", number()),
        sa.Column("head", sa.LargeBinary()),
    )
    op.create_index("streams_last", "streams", ["last"])
    op.create_index("streams_state", "streams", ["state", "touched"])
    op.create_table(
        "stream_chunks",
        sa.Column("stream", number(), sa.ForeignKey("streams.id"), primary_key=True, autoincrement=False),
        sa.Column("chunk", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "stream_messages",
        sa.Column("stream", number(), sa.ForeignKey("streams.id"), primary_key=True, autoincrement=False),
        sa.Column("part", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("start", number(), nullable=False),
        sa.Column("length", number(), nullable=False),
        sa.Column("headed", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_stream_messages_key", "stream_messages", ["key"])


def downgrade() -> None:
    op.drop_table("stream_messages")
    op.drop_table("stream_chunks")
    op.drop_table("streams")
