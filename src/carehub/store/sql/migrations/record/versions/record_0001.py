"""The first tables of the record area."""

import sqlalchemy as sa
from alembic import op

revision = "record_0001"
down_revision = None
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("name", name(), primary_key=True),
        sa.Column("value", number(), nullable=False),
    )
    op.create_table(
        "dirt",
        sa.Column("person", name(), primary_key=True),
        sa.Column("since", number(), nullable=False),
        sa.Column("position", number(), nullable=False),
    )
    op.create_index("dirt_since", "dirt", ["since", "person"])
    op.create_table(
        "link_history",
        sa.Column("id", number(), primary_key=True, autoincrement=False),
        sa.Column("patient", name(), nullable=False),
        sa.Column("position", number(), nullable=False),
        sa.Column("at", name(), nullable=False),
        sa.Column("digest", name(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("patient", "position", "digest", name="link_history_once"),
    )
    op.create_table(
        "links",
        sa.Column("patient", name(), primary_key=True),
        sa.Column("person", name(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_links_person", "links", ["person"])
    op.create_table(
        "member_keys",
        sa.Column("key", name(), primary_key=True),
        sa.Column("patient", name(), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_member_keys_patient", "member_keys", ["patient"])
    op.create_table(
        "members",
        sa.Column("patient", name(), primary_key=True),
        sa.Column("person", name(), nullable=False),
        sa.Column("nhs_number", name(), nullable=False),
        sa.Column("family_key", name(), nullable=False),
        sa.Column("birth_date", name(), nullable=False),
        sa.Column("postcode", name(), nullable=False),
        sa.Column("member", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_members_birth_date", "members", ["birth_date"])
    op.create_index("ix_members_family_key", "members", ["family_key"])
    op.create_index("ix_members_nhs_number", "members", ["nhs_number"])
    op.create_index("ix_members_person", "members", ["person"])
    op.create_index("ix_members_postcode", "members", ["postcode"])
    op.create_table(
        "merges",
        sa.Column("surviving", name(), primary_key=True),
        sa.Column("subsumed", name(), primary_key=True),
        sa.Column("message", name(), primary_key=True),
        sa.Column("position", number(), nullable=False),
        sa.Column("told_at", name(), nullable=False),
        sa.Column("undone", sa.SmallInteger(), nullable=False),
    )
    op.create_index("ix_merges_subsumed", "merges", ["subsumed"])
    op.create_table(
        "names",
        sa.Column("id", number(), primary_key=True, autoincrement=False),
        sa.Column("name", name(), nullable=False, unique=True),
    )
    op.create_table(
        "origins",
        sa.Column("id", number(), primary_key=True, autoincrement=False),
        sa.Column("origin", name(), nullable=False, unique=True),
    )
    op.create_table(
        "outcomes",
        sa.Column("message", number(), primary_key=True, autoincrement=False),
        sa.Column("position", number(), nullable=False),
        sa.Column("verdict", name(), nullable=False),
        sa.Column("patient", number(), nullable=False),
        sa.Column("origin", number(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_outcomes_patient", "outcomes", ["patient"])
    op.create_index("outcomes_verdict", "outcomes", ["verdict", "position"])
    op.create_table(
        "persons",
        sa.Column("person", name(), primary_key=True),
    )
    op.create_table(
        "plans",
        sa.Column("person", name(), primary_key=True),
        sa.Column("content_hash", name(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("position", number(), nullable=False),
        sa.Column("at", name(), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "records",
        sa.Column("id", number(), primary_key=True, autoincrement=False),
        sa.Column("origin", number(), nullable=False),
        sa.Column("patient", number(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("message", number(), nullable=False),
        sa.Column("withdrawn", sa.SmallInteger(), nullable=False),
        sa.Column("last_position", number(), nullable=False),
        sa.Column("stamp", number(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("state", number()),
        sa.Column("head", number(), nullable=False),
        sa.Column("tail", number(), nullable=False),
        sa.Column("middle", sa.LargeBinary(), nullable=False),
        sa.Column("short", sa.SmallInteger(), nullable=False),
    )
    op.create_index("records_patient", "records", ["patient", "origin"])
    op.create_table(
        "redirects",
        sa.Column("person", name(), primary_key=True),
        sa.Column("other", name(), nullable=False),
    )
    op.create_table(
        "reviews",
        sa.Column("a", name(), primary_key=True),
        sa.Column("b", name(), primary_key=True),
        sa.Column("review", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_reviews_b", "reviews", ["b"])
    op.create_table(
        "states",
        sa.Column("id", number(), primary_key=True, autoincrement=False),
        sa.Column("record", number(), nullable=False),
        sa.Column("sha", sa.LargeBinary(), nullable=False),
        sa.Column("size", number(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_states_record", "states", ["record"])
    op.create_table(
        "tellings",
        sa.Column("record", number(), primary_key=True, autoincrement=False),
        sa.Column("message", number(), primary_key=True, autoincrement=False),
        sa.Column("state", number(), nullable=False),
        sa.Column("position", number(), nullable=False),
        sa.Column("patient", number(), nullable=False),
        sa.Column("type", number(), nullable=False),
        sa.Column("change", sa.SmallInteger(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tellings_message", "tellings", ["message"])


def downgrade() -> None:
    op.drop_table("tellings")
    op.drop_table("states")
    op.drop_table("reviews")
    op.drop_table("redirects")
    op.drop_table("records")
    op.drop_table("plans")
    op.drop_table("persons")
    op.drop_table("outcomes")
    op.drop_table("origins")
    op.drop_table("names")
    op.drop_table("merges")
    op.drop_table("members")
    op.drop_table("member_keys")
    op.drop_table("links")
    op.drop_table("link_history")
    op.drop_table("dirt")
    op.drop_table("counters")
