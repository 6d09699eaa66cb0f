"""What of a plan speaks for a place on a caseload. Every plan is out of date until it was made anew with that."""

import sqlalchemy as sa
from alembic import op

revision = "record_0011"
down_revision = "record_0010"
branch_labels = None
depends_on = None


def name() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("person", name(), primary_key=True),
        sa.Column("position", number(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
    )
    op.execute(
        "INSERT INTO dirt (person, since, position) SELECT person, position, position FROM plans "
        "WHERE person NOT IN (SELECT person FROM dirt)"
    )


def downgrade() -> None:
    op.drop_table("marks")
