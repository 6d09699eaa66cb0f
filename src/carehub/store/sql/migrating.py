"""Bringing a store's tables to this version, and telling whether they are. Needs no ini file: the scripts are beside this module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from carehub.store.sql.engines import lock_text
from carehub.store.sql.failures import house_errors
from carehub.store.sql.places import places
from carehub.store.sql.tables import AREAS

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(url: str, audit_url: str = "") -> None:
    """Create or bring up to date all tables of a store. Doing it again changes nothing; two processes at once take turns.

    url, audit_url: as for SqlStore. Raises StoreBusy.
    """
    opened = places(url, audit_url)
    try:
        for area, place in opened.items():
            with house_errors(), place.writing_engine.begin() as connection:
                if not place.sqlite:
                    connection.exec_driver_sql(lock_text("migrate"))
                config = _config(area)
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
    finally:
        for place in set(opened.values()):
            place.close()


def current(area: str, connection: Connection) -> bool:
    """True when the tables of an area are the ones this version needs."""
    context = MigrationContext.configure(connection, opts={"version_table": version_table(area)})
    return context.get_current_revision() == ScriptDirectory.from_config(_config(area)).get_current_head()


def version_table(area: str) -> str:
    return f"{area}_version"


def run(context: Any, area: str) -> None:
    """For the env.py of an area: run its scripts on the connection given, inside the transaction that is open on it."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=AREAS[area],
        version_table=version_table(area),
        transaction_per_migration=False,
    )
    context.run_migrations()


def _config(area: str) -> Config:
    config = Config()
    # "%" would be read as an interpolation.
    config.set_main_option("script_location", str(_SCRIPTS / area).replace("%", "%%"))
    return config
