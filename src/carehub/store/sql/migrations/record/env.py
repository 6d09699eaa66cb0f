"""Alembic's door to the scripts of this area."""

from alembic import context

from carehub.store.sql.migrating import run

run(context, "record")
