"""`carehub push`: a person's merged record into another FHIR server, by what a client of this hub may read, and read back equal."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

import typer

from carehub.api.golden import golden_patient
from carehub.fhir.canonical import loads
from carehub.fhir.provenance import provenance
from carehub.fhir.resource import Resource
from carehub.governance.redaction import Disclosed, carry
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.outside.fhir_server import FhirServer
from carehub.outside.http import OutsideClient
from carehub.terms.errors import Unauthenticated
from carehub.terms.issue_catalogue import issue
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.credentials import read_clients
from carehub.wiring.settings import Settings


def record_of(hub: Hub, requester: Requester, person: str) -> Disclosed[list[Resource]]:
    """The person, every released source record and a Provenance for each. Raises Missing, Refused."""
    released = hub.disclosing.everything(requester, person, "push to another FHIR server")
    plan, bodies = released.value
    resources = [golden_patient(plan), *(loads(one.body) for one in bodies), *(provenance(one.attribution) for one in bodies)]
    return carry(released, resources)


def push(base: str, person: str, credential: str, bearer: str) -> bool:
    """Load a person's record, read it back and say how it went; whether all of it came back equal.

    credential: of the client of this hub for whom it is read; bearer: for the other server, "" for none. Raises Unauthenticated, and as record_of and
    FhirServer do.
    """
    settings = Settings()
    requester = read_clients(settings.clients_file).get(hashlib.sha256(credential.encode()).hexdigest())
    if requester is None:
        raise Unauthenticated(issue("API-001"))
    hosts = frozenset({urlsplit(base).hostname or ""})
    # A whole record is one transaction, and a server that is given one may take its time.
    client = OutsideClient(base, hosts=hosts, plain=settings.env != "production", most_bytes=50_000_000)
    try:
        released = record_of(build_hub(settings), requester, person)
        server = FhirServer(client, {"Authorization": f"Bearer {bearer}"} if bearer else {})
        server.load(released.value)
        unequal = list(server.unequal(released.value))
    finally:
        client.close()
    for sentence in released.withheld:
        typer.echo(f"not sent: {sentence}")
    for at, elements in unequal:
        typer.echo(f"not equal: {at}: {', '.join(elements)}")
    typer.echo(f"{len(released.value)} resources sent, {len(released.value) - len(unequal)} read back equal")
    return not unequal
