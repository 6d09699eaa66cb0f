"""Neighbours, which records are near each, kept by the identity lane; and member keys without an index by patient, since a member names its keys.

Filled as records are told; `carehub rebuild` fills all.
"""

import sqlalchemy as sa
from alembic import op

revision = "record_0006"
down_revision = "record_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "neighbours",
        sa.Column("patient", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True),
        sa.Column("near", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.drop_index("ix_member_keys_patient", "member_keys")


def downgrade() -> None:
    op.create_index("ix_member_keys_patient", "member_keys", ["patient"])
    op.drop_table("neighbours")
