"""Driver failures turned into the house's errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def house_errors() -> Iterator[None]:
    """Driver errors that pass become StoreBusy(STORE-001); the rest are bugs and stay as they are."""
    try:
        yield
    except Exception as error:
        if passing(error):
            raise StoreBusy(issue("STORE-001")) from error
        raise
