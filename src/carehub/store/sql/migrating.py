"""Bringing a store's tables to this version, and telling whether they are. Needs no ini file: the scripts are beside this module.

Alembic is imported only where something is to be done: it is a fifth of the start of a server whose tables are as they should be.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect

from carehub.store.sql.engines import lock_text
from carehub.store.sql.failures import house_errors
from carehub.store.sql.places import Place, places
from carehub.store.sql.tables import AREAS
from carehub.terms.errors import Unavailable
from carehub.terms.issue_catalogue import issue

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(url: str, audit_url: str = "") -> None:
    """Create or bring up to date all tables of a store. Doing it again changes nothing; two processes at once take turns.

    url, audit_url: as for SqlStore. Raises StoreBusy, and Unavailable (STORE-002) for tables of a version that this code does not know: a newer one.
    """
    opened = places(url, audit_url)
    try:
        for area, place in opened.items():
            if not place.ask(partial(current, area)):
                _run_scripts(area, place)
    finally:
        for place in set(opened.values()):
            place.close()


def _run_scripts(area: str, place: Place) -> None:
    from alembic import command
    from alembic.util import CommandError

    with house_errors(), place.writing_engine.begin() as connection:
        if not place.sqlite:
            connection.exec_driver_sql(lock_text("migrate"))
            _wait_for_writers(connection, area)
        config = _config(area)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise Unavailable(issue("STORE-002", at=area)) from None


def _wait_for_writers(connection: Connection, area: str) -> None:
    """Before any table is locked: whoever writes of_this_version ends first, and whoever would begin waits and then finds another version."""
    table = version_table(area)
    if connection.exec_driver_sql(f"SELECT to_regclass('{table}')").scalar_one() is not None:
        connection.exec_driver_sql(f"SELECT version_num FROM {table} FOR UPDATE")  # noqa: S608 - a table of our own


def current(area: str, connection: Connection) -> bool:
    """True when the tables of an area are the ones this version needs."""
    table = version_table(area)
    if not inspect(connection).has_table(table):
        return False
    return [version for (version,) in connection.exec_driver_sql(f"SELECT version_num FROM {table}")] == [head(area)]  # noqa: S608 - of our own


@cache
def head(area: str) -> str:
    """The version of an area's tables that this code needs: its scripts are called by number, so the last by name."""
    return max(script.stem for script in (_SCRIPTS / area / "versions").glob(f"{area}_*.py"))


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
    from alembic.config import Config

    config = Config()
    # "%" would be read as an interpolation.
    config.set_main_option("script_location", str(_SCRIPTS / area).replace("%", "%%"))
    return config
