"""DOOR IN for whoever wants to be told: a subscription asked for, shown to who asked, and ended. Each is a message."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from carehub.governance.requester import Requester
from carehub.governance.subscription import TOPICS, Standing, Subscription
from carehub.hub.hub import Hub
from carehub.hub.subscription_feed import Word, message_of
from carehub.terms.errors import Missing, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

T = TypeVar("T")

_MOST_WORDS, _MOST_HELD = 500, 100


@dataclass(frozen=True, slots=True)
class Subscribing:
    """The verbs, over a hub. may_call: whether the site allows a call to an address. Each raises Refused and StoreBusy."""

    hub: Hub
    may_call: Callable[[str], bool]

    def ask(self, requester: Requester, wanted: Subscription) -> Standing:
        """Keep a subscription; what comes from now on is told. wanted: its id, by and at are given here.

        Raises Rejected: SUB-001 for an address that the site does not allow, SUB-002 for a topic that is not served, a caseload that is not the
        requester's own organisation, both or neither of person and caseload, too long a reason, an end that is past, or a hundredth and first of
        one requester. Missing for a person that there is not.
        """
        now = iso(self.hub.clock())
        asked = replace(wanted, id=secrets.token_hex(16), by=requester, at=now)
        if asked.person:
            self.hub.disclosing.person_record(requester, asked.person, "Subscription")
        return self._done(requester, "Subscription asked for", lambda: self._ask(asked, now))

    def of(self, requester: Requester) -> list[Standing]:
        """Those that this requester asked for, in this role and organisation."""
        return self._done(requester, "Subscription search", lambda: self._own(requester))

    def one(self, requester: Requester, id: str) -> Standing:
        """One of them. Raises Missing."""
        return self._done(requester, "Subscription read", lambda: self._found(requester, id))

    def end(self, requester: Requester, id: str) -> None:
        """Nothing more is told; what waits is not either. Raises Missing."""

        def store() -> None:
            self._found(requester, id)
            self.hub.tell(message_of(Word(requester, iso(self.hub.clock()), ended=id)))

        self._done(requester, "Subscription ended", store)

    def _done(self, requester: Requester, detail: str, work: Callable[[], T]) -> T:
        return self.hub.disclosing.identity(requester, "subscribe", [], detail, work).value

    def _ask(self, asked: Subscription, now: str) -> Standing:
        if not self.may_call(asked.endpoint):
            raise Rejected(issue("SUB-001", at="Subscription.channel.endpoint"))
        about = (asked.person, asked.caseload)
        wanted = about == ("", "") if asked.topic == "feed-late" else bool(asked.person) != bool(asked.caseload)
        own = asked.caseload in ("", asked.by.organisation)
        short = len(asked.why) <= _MOST_WORDS and len(self._own(asked.by)) < _MOST_HELD
        if not (asked.topic in TOPICS and wanted and own and short and (not asked.end or asked.end > now)):
            raise Rejected(issue("SUB-002"))
        self.hub.tell(message_of(Word(asked.by, now, asked)))
        return self._found(asked.by, asked.id)

    def _own(self, requester: Requester) -> list[Standing]:
        asked = (requester.user, requester.role, requester.organisation)
        return [one for one in self.hub.store.subscriptions.standing() if _asked(one) == asked]

    def _found(self, requester: Requester, id: str) -> Standing:
        found = next((one for one in self._own(requester) if one.subscription.id == id), None)
        if found is None:
            raise Missing(issue("API-003"))
        return found


def _asked(one: Standing) -> tuple[str, str, str]:
    by = one.subscription.by
    return (by.user, by.role, by.organisation)
