"""Driver failures turned into the house's errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue

# Primary result codes that pass with time or space (https://www.sqlite.org/rescode.html): BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR,
# FULL, CANTOPEN, PROTOCOL.
_PASSING = {5, 6, 7, 8, 9, 10, 13, 14, 15}


def passing(error: BaseException) -> bool:
    """True for a driver error that another try may cure: locked, full, not reachable."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _PASSING
    # psycopg is an extra and may not be installed: its classes are known by their DB-API names (PEP 249).
    if type(error).__module__.partition(".")[0] == "psycopg":
        return any(kind.__name__ in ("OperationalError", "InterfaceError") for kind in type(error).__mro__)
    return False


# READONLY, FULL; IOERR_WRITE, IOERR_FSYNC, IOERR_TRUNCATE, IOERR_SHMSIZE.
_SQLITE_UNWRITABLE = {8, 13, 778, 1034, 1546, 4874}
# read_only_sql_transaction (a standby, or a server set so), disk_full (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_POSTGRESQL_UNWRITABLE = {"25006", "53100"}


def unwritable(error: BaseException) -> bool:
    """True for a driver error that says that the database takes nothing: full, on a disk that is read-only, or a standby."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None) or 0
        return code in _SQLITE_UNWRITABLE or code & 0xFF in _SQLITE_UNWRITABLE
    return getattr(error, "sqlstate", None) in _POSTGRESQL_UNWRITABLE


# undefined_column, undefined_table, not_null_violation: of tables that a newer version has changed since this process looked at them.
_POSTGRESQL_OTHER_TABLES = {"42703", "42P01", "23502"}
_SQLITE_OTHER_TABLES = ("no such table", "no such column", "has no column named", "NOT NULL constraint failed")


def of_other_tables(error: BaseException) -> bool:
    """True for a driver error that says that a table or column is not there, or that one is which this version does not fill."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, sqlite3.Error):
        return any(words in str(error) for words in _SQLITE_OTHER_TABLES)
    return getattr(error, "sqlstate", None) in _POSTGRESQL_OTHER_TABLES


@contextmanager
def house_errors() -> Iterator[None]:
    """Driver errors that say that nothing can be written become StoreBusy(STORE-007), that the tables are of another version StoreBusy(STORE-002),
    others that pass StoreBusy(STORE-001); the rest are bugs and stay as they are."""
    try:
        yield
    except Exception as error:
        raise_house_error(error)


def raise_house_error(error: Exception) -> NoReturn:
    """Raises what house_errors makes of a driver error, for where entering a block costs too much."""
    if unwritable(error):
        raise StoreBusy(issue("STORE-007")) from error
    if of_other_tables(error):
        raise StoreBusy(issue("STORE-002")) from error
    if passing(error):
        raise StoreBusy(issue("STORE-001")) from error
    raise error
