"""Old and new processes side by side: what was worked out is written only into tables of this very version, so that nobody writes what others will not find."""

from __future__ import annotations

from carehub.store.sql.migrating import head, version_table
from carehub.store.sql.places import Place
from carehub.store.sql.statements import Statement
from carehub.store.sql.writing import Writing
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue


class OfThisVersion:
    """Asked inside a transaction, of the area that it writes."""

    def __init__(self, place: Place, area: str) -> None:
        # On PostgreSQL a migration that has begun is waited for, and one that would begin waits for what is being written. Writing the same version
        # again, as `try_writing` does, waits for nobody.
        # https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
        self._area, kept = area, "" if place.sqlite else " FOR KEY SHARE"
        self._asked = Statement(f"SELECT version_num FROM {version_table(area)}{kept}", [], {})  # noqa: S608 - a table of our own

    def check(self, writing: Writing) -> None:
        """Raises StoreBusy (STORE-002) where the tables are of another version: nothing is written, and whoever has that version does the work."""
        if [version for (version,) in writing.rows(self._asked)] != [head(self._area)]:
            raise StoreBusy(issue("STORE-002", at=self._area))
