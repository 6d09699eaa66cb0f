"""Another FHIR R4 server: load resources by one transaction, and read them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from carehub.fhir.canonical import dumps
from carehub.fhir.gate import read_json
from carehub.fhir.resource import Resource
from carehub.outside.http import OutsideClient, Reply
from carehub.terms.errors import OutsideDown, Unreadable
from carehub.terms.issue_catalogue import issue

_JSON = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class FhirServer:
    """client: over the server's FHIR base address. headers: sent with every request, such as Authorization."""

    client: OutsideClient
    headers: Mapping[str, str] = field(default_factory=dict)

    def load(self, resources: Sequence[Resource]) -> None:
        """Write resources under their own ids, all or none (https://hl7.org/fhir/R4/http.html#transaction).

        Each is an update by id, so that sending it again changes nothing. Raises OutsideDown: OUT-005 when the server takes it not, OUT-003 for an
        answer that is no transaction-response for all of them, and as OutsideClient does.
        """
        entries = [{"resource": one, "request": {"method": "PUT", "url": _at(one)}} for one in resources]
        bundle = dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})
        reply = self.client.send_repeatable("", bundle, {"Accept": _JSON, "Content-Type": _JSON, **self.headers})
        if reply.status != 200:
            raise OutsideDown(issue("OUT-005"))
        told = _read(reply)
        if told.get("type") != "transaction-response" or len(told.get("entry", ())) != len(resources):
            raise OutsideDown(issue("OUT-003"))

    def unequal(self, resources: Sequence[Resource]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """("Type/id", elements) of each resource that the server gives back otherwise; ("missing",) when it gives none. meta is the server's own.

        Raises OutsideDown as `load` does.
        """
        for one in resources:
            reply = self.client.get(f"/{_at(one)}", headers={"Accept": _JSON, **self.headers})
            if reply.status not in (200, 404, 410):
                raise OutsideDown(issue("OUT-005"))
            held = _read(reply) if reply.status == 200 else {}
            names = sorted(name for name in (one.keys() | held.keys()) - {"meta"} if one.get(name) != held.get(name))
            if names:
                yield _at(one), tuple(names) if held else ("missing",)


def _at(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _read(reply: Reply) -> Resource:
    try:
        told = read_json(reply.body)
    except Unreadable:
        raise OutsideDown(issue("OUT-003")) from None
    if not isinstance(told, dict):
        raise OutsideDown(issue("OUT-003"))
    return told
