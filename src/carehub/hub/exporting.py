"""An export asked for, looked at, fetched and cancelled. Whoever did not ask for it is answered as if it were not there."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import BinaryIO, NamedTuple, TypeVar

from carehub.governance.export import Export, ExportStanding, asker_of
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.run_export import RunExports
from carehub.terms.errors import Missing, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

T = TypeVar("T")

MOST_OF_ONE, MOST = 3, 20
"""So many exports of one asker, and of all, at once; one counts until its files are gone."""

# What nobody has made by then is not made any more.
_MADE_WITHIN = timedelta(days=1)


class Fetched(NamedTuple):
    """One file of an export: opened, to be closed by whoever reads it. size: bytes."""

    file: BinaryIO
    size: int


@dataclass(frozen=True, slots=True)
class Exporting:
    """The verbs, over a hub. own_group: the id of the caseload of an organisation, by its code. Each decides `export_caseload` and writes that down
    before anything is done, and raises Refused and StoreBusy."""

    hub: Hub
    own_group: Callable[[str], str]

    def ask(self, requester: Requester, wanted: Export) -> Export:
        """Keep an export as asked for; a worker does it. wanted: its id, by and at are given here. Raises Missing for a group that is not the caseload of
        the requester's organisation, Rejected (EXP-001) for one export too many."""
        return self._done(requester, f"Group {wanted.group} $export, asked for", lambda: self._ask(requester, wanted))

    def standing(self, requester: Requester, id: str) -> ExportStanding:
        """How an export stands. Raises Missing, also once it has had its time."""
        return self._done(requester, f"Group $export {id}, how it stands", lambda: self._own(requester, id))

    def cancel(self, requester: Requester, id: str) -> None:
        """It is gone, with its files; a worker that is at it ends. Raises Missing."""

        def end() -> None:
            self._own(requester, id)
            self.hub.store.exports.forget(id)
            self._running().files.remove(id)

        self._done(requester, f"Group $export {id}, cancelled", end)

    def fetch(self, requester: Requester, id: str, name: str) -> Disclosed[Fetched]:
        """One file of an export that is done. Raises Missing."""

        def opened() -> Fetched:
            one = self._own(requester, id)
            if name not in one.progress.files:
                raise Missing(issue("API-003"))
            return Fetched(self._running().files.open(id, name), one.progress.files[name].bytes)

        return self.hub.disclosing.identity(requester, "export_caseload", [], f"Group $export {id}, {name} fetched", opened)

    def _done(self, requester: Requester, detail: str, work: Callable[[], T]) -> T:
        return self.hub.disclosing.identity(requester, "export_caseload", [], detail, work).value

    def _ask(self, requester: Requester, wanted: Export) -> Export:
        self._running()
        if wanted.group != self.own_group(requester.organisation):
            raise Missing(issue("API-003"))
        now = self.hub.clock()
        asked = replace(wanted, id=secrets.token_hex(16), by=requester, at=iso(now))
        if not self.hub.store.exports.keep(asked, iso(now + _MADE_WITHIN), MOST_OF_ONE, MOST):
            raise Rejected(issue("EXP-001"))
        self.hub.nudge([])
        return asked

    def _own(self, requester: Requester, id: str) -> ExportStanding:
        self._running()
        found = self.hub.store.exports.of(id)
        if found is None or found.export.asker != asker_of(requester) or found.until <= iso(self.hub.clock()):
            raise Missing(issue("API-003"))
        return found

    def _running(self) -> RunExports:
        """Raises Missing where a hub makes no exports."""
        if self.hub.exports is None:
            raise Missing(issue("API-003"))
        return self.hub.exports
