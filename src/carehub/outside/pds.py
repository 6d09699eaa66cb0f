"""Trace a patient over the national PDS FHIR API: retrieve by NHS number, or search by demographics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from carehub.fhir.gate import read_json
from carehub.identity.pds_answers import Answer, Search, parameters, read_answer
from carehub.outside.http import OutsideClient, Reply
from carehub.terms import nhs_number
from carehub.terms.errors import OutsideDown, Rejected, Unreadable
from carehub.terms.issue_catalogue import issue


@dataclass(frozen=True, slots=True)
class Pds:
    """client: over the API's base address. token: a bearer token for the next request, "" for none; how it is had is the caller's affair.

    api_key, organisation: sent as `apikey` and `NHSD-End-User-Organisation-ODS` when given.
    """

    client: OutsideClient
    token: Callable[[], str] = lambda: ""
    api_key: str = ""
    organisation: str = ""

    def retrieve(self, number: str) -> Answer:
        """The record of an NHS number. Raises Rejected MAP-009 for a number that is none, else as read_answer and OutsideClient.get do."""
        asked = nhs_number.valid(number)
        if asked is None:
            raise Rejected(issue("MAP-009"))
        return _understood(self.client.get(f"/Patient/{asked}", headers=self._headers()), asked)

    def search(self, question: Search) -> Answer:
        """The record that fits, if one does. Raises as read_answer and OutsideClient.get do."""
        return _understood(self.client.get("/Patient", parameters(question), self._headers()), "")

    def _headers(self) -> dict[str, str]:
        token = self.token()
        said = {
            "Accept": "application/fhir+json",
            "Authorization": f"Bearer {token}" if token else "",
            "apikey": self.api_key,
            "NHSD-End-User-Organisation-ODS": self.organisation,
        }
        return {name: value for name, value in said.items() if value}


def _understood(reply: Reply, asked: str) -> Answer:
    if reply.status in (401, 403):  # from the gateway before PDS, so in any form
        raise OutsideDown(issue("PDS-004"))
    try:
        body = read_json(reply.body)
    except Unreadable:
        raise OutsideDown(issue("OUT-003")) from None
    read_answer(reply.status, body, asked)
    return Answer(reply.status, body)
