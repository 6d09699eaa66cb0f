"""Near keys, by which the identity lane finds records to weigh against each other. Filled as records are told; `carehub rebuild` fills all."""

import sqlalchemy as sa
from alembic import op

revision = "record_0005"
down_revision = "record_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "near_keys",
        sa.Column("key", number, primary_key=True, autoincrement=False),
        sa.Column("patient", name, primary_key=True),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("near_keys")
