"""What a hub with the cast of the demonstration answers to its readers, as a client meets it: every route that is read, for every person."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.testclient import TestClient

from carehub.wiring.bootstrap import build_hub
from carehub.wiring.demo import PERSONAS, demo_settings, load_cast
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings

FHIR = "/fhir/R4"
# Operations that cannot be asked without a parameter.
_NEEDED = {"$changes": {"since": "2020-01-01T00:00:00Z"}}
_DUE = "2099-12-01"


def answers() -> Iterator[tuple[str, int, Any]]:
    """(what was asked, status, answer): ids are left out of the first, so that like questions are named alike.

    Asked are the capability statement; by every persona each operation that is a GET on one person, the person and the identity desk's list, and
    things that are not there; by two of them also a search by patient of each type that has one, and a read of a record found.
    """
    with tempfile.TemporaryDirectory(prefix="carehub-served-") as folder:
        settings = _read_by_all(demo_settings(Path(folder)))
        hub = build_hub(settings)
        load_cast(hub, quiet=True)
        clients = {hashlib.sha256(one.user.encode()).hexdigest(): one for one in PERSONAS}
        app = create_app(settings, hub, personas=PERSONAS, clients=clients)
        operations = [
            path.rpartition("/")[2] for path, verbs in app.openapi()["paths"].items() if "Patient/{id}/$" in path and "get" in verbs
        ]
        with TestClient(app, base_url="http://carehub.test") as client:
            capability = client.get(f"{FHIR}/metadata").json()
            yield "metadata", 200, capability
            people = hub.store.links.persons()
            _entered(client, people[0])
            resources = capability["rest"][0]["resource"]
            for n, persona in enumerate(PERSONAS):
                client.headers["Authorization"] = f"Bearer {persona.user}"
                yield from _asked_by(client, people, operations)
                if n < 2:
                    yield from _searched_by(client, people, resources)
        hub.store.close()


def _read_by_all(settings: Settings) -> Settings:
    """The same, with agreements by which nobody is asked for a relationship with the person: answers are wanted, not refusals."""
    told = Path(settings.agreements).read_text(encoding="utf-8")
    agreements = settings.var / "agreements.toml"
    agreements.write_text(
        re.sub(r"(?m)^relationship = .*\nrelationship_days_after = .*$", 'relationship = "not asked"', told), encoding="utf-8"
    )
    return settings.model_copy(update={"agreements": agreements})


def _entered(client: TestClient, person: str) -> None:
    """What a team enters: an action, the person's own words, and a step about a disagreement where there is one."""
    nurse = {"Authorization": f"Bearer {PERSONAS[0].user}"}
    role = {
        "resourceType": "PractitionerRole",
        "id": "holder",
        "practitioner": {"display": "Amir Khan"},
        "organization": {"display": "Elmfield Surgery"},
    }
    task = {
        "resourceType": "Task",
        "contained": [role],
        "status": "requested",
        "intent": "order",
        "description": "Visit at home",
        "for": {"reference": f"Patient/{person}"},
        "restriction": {"period": {"end": _DUE}},
        "owner": {"reference": "#holder"},
    }
    told = client.post(f"{FHIR}/Task", json=task, headers=nurse)
    words = client.post(
        f"{FHIR}/Patient/{person}/$about-me", json={"told": {"important": "My cat"}, "supportedBy": "Jo Adeyemi"}, headers=nurse
    )
    if (told.status_code, words.status_code) != (201, 201):
        raise RuntimeError(f"what the team enters was refused: {told.text} {words.text}")


def _get(client: TestClient, what: str, path: str, **params: str) -> tuple[str, int, Any]:
    answer = client.get(f"{path}?{urlencode(params)}" if params else path)
    return what, answer.status_code, answer.json()


def _asked_by(client: TestClient, people: list[str], operations: list[str]) -> Iterator[tuple[str, int, Any]]:
    yield _get(client, "Patient/{nobody}", f"{FHIR}/Patient/nobody")
    yield _get(client, "Patient?unknown", f"{FHIR}/Patient", shoe="9")
    yield _get(client, "identity/reviews", "/identity/reviews")
    for person in people:
        first = _get(client, "Patient/{id}", f"{FHIR}/Patient/{person}")
        yield first
        if first[1] == 403:
            return
        for name in operations:
            yield _get(client, f"Patient/{{id}}/{name}", f"{FHIR}/Patient/{person}/{name}", **_NEEDED.get(name, {}))


def _searched_by(client: TestClient, people: list[str], resources: list[Any]) -> Iterator[tuple[str, int, Any]]:
    for person in people:
        yield _get(client, "Patient?_id", f"{FHIR}/Patient", _id=person)
        for one in resources:
            type_, params = one["type"], {param["name"] for param in one.get("searchParam", ())}
            if "patient" in params:
                more = {"_revinclude": "Provenance:target"} if one.get("searchRevInclude") else {}
                found = _get(client, f"{type_}?patient", f"{FHIR}/{type_}", patient=person, **more)
                yield found
                for entry in [entry for entry in found[2].get("entry", ()) if entry["search"]["mode"] == "match"][:1]:
                    yield _get(client, f"{type_}/{{id}}", f"{FHIR}/{type_}/{entry['resource']['id']}")
