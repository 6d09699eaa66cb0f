"""How the unified CarePlan and CareTeam are asked for: by the id of the person, decided on and written down as a look at the whole record."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.api.unified import UNIFIED, unified
from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.resource import Resource
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.reading import StoredBody
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

Released = Disclosed[tuple[UnifiedCarePlan, tuple[StoredBody, ...]]]
"""A person's record as Disclosing.everything gives it."""


@dataclass(frozen=True, slots=True)
class UnifiedReads:
    """Over a hub."""

    hub: Hub

    def about(self, type_: str, id: str) -> bool:
        """Whether "type/id" is, or was before persons were joined, the unified one of somebody. It tells a door which way to go, never a reader."""
        return type_ in UNIFIED and self.hub.store.links.current_person(id) is not None

    def made(self, requester: Requester, person: str, page: str) -> tuple[tuple[Resource, ...], Released]:
        """All that unified.unified makes of a person's record, and the record. page: what is looked at, for the audit trail. Raises Missing, Refused."""
        record = self.hub.disclosing.person_record(requester, person, page)
        released = self.hub.disclosing.everything(requester, person, page)
        return tuple(unified(record, released.value[1])), released

    def one(self, requester: Requester, type_: str, person: str, page: str) -> tuple[Resource, str]:
        """The one of this type, and when it was made (ISO UTC). Raises Missing, Refused."""
        made, _ = self.made(requester, person, page)
        found = next((one for one in made if one["resourceType"] == type_), None)
        if found is None:
            raise Missing(issue("API-003"))
        return found, iso(self.hub.clock())
