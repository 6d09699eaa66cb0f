"""What stewards do, through the door: every look and every word is decided on and written down first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.hub import Heard, Hub
from carehub.hub.settle_review import Given, give
from carehub.hub.settle_review import take_back as taking_back
from carehub.identity.rulings import Steward
from carehub.terms.moments import iso

SENIOR = "senior-identity-steward"


@dataclass(frozen=True, slots=True)
class Stewards:
    """The verbs of the identity desk, over a hub."""

    hub: Hub

    def rule(self, requester: Requester, given: Given) -> Disclosed[Heard]:
        """DOOR IN: a ruling, stored and then in effect: see hub.settle_review. Raises as `give` does, Refused, StoreBusy."""
        hub, links, by = self.hub, self.hub.store.links, steward(requester)
        given = replace(given, may_settle=requester.role == SENIOR)

        def work() -> Heard:
            return hub.hear(give(given, by, links=links, records=hub.store.records, now=iso(hub.clock())))

        persons = links.person_of([patient for patient in (given.record, given.other) if patient]).values()
        return hub.disclosing.identity(requester, "settle_reviews", persons, f"ruling {given.answer} on {given.record} {given.other}", work)

    def take_back(self, requester: Requester, ruling: str, reason: str) -> Disclosed[Heard]:
        """DOOR IN: a ruling counts no more. Raises Missing (IDN-005), Rejected (IDN-004), Refused, StoreBusy."""
        hub, links = self.hub, self.hub.store.links
        named = {patient for held in links.rulings() if held.id == ruling for patient in held.named}

        def work() -> Heard:
            return hub.hear(taking_back(ruling, reason, steward(requester), links=links, now=iso(hub.clock())))

        return hub.disclosing.identity(requester, "settle_reviews", links.person_of(named).values(), f"ruling {ruling} taken back", work)


def steward(requester: Requester) -> Steward:
    """Who speaks, as it is kept with what they say."""
    return Steward(requester.user, requester.name, requester.role, requester.organisation)
