"""carehub itself as a FHIR server for the contract: a hub over the memory store that was fed the record of `record.py`, and a client of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message
from carehub.fhir.references import rewrite
from carehub.terms.refs import RecordRef
from contracts.fhir.record import records
from hub.toy_hub import NURSE, ada, map_message, submit, toy_adapter, toy_hub

_TOLD = json.dumps(records())


def _with_record(message: Message) -> Mapped:
    """The toy feed's woman with every record of the contract, under the ids that the hub derives."""
    mapped = map_message(message)
    patient = RecordRef("gp", "1", "Patient")
    refs = {f"{one['resourceType']}/{one['id']}": patient.of_type(one["resourceType"], one["id"]) for one in json.loads(_TOLD)}
    refs["Patient/ada"] = patient

    def known(reference: str) -> dict[str, str] | None:
        return {"reference": refs[reference].reference} if reference in refs else None

    made = []
    for one in json.loads(_TOLD):
        ref = refs[f"{one['resourceType']}/{one['id']}"]
        made.append(MappedRecord(ref, rewrite({**one, "id": ref.id}, known), at=one["id"]))
    return replace(mapped, records=(*mapped.records, *made))


def carehub_client(reader: object = NURSE) -> TestClient:
    """A client of a carehub that holds the record, with the credential of a reader."""
    made = toy_hub(toy_adapter(mapper=_with_record))
    submit(made, ada())
    made.drain()
    digest = hashlib.sha256(b"reader").hexdigest()
    app = create_api(made, Credentials({}, {digest: reader}), max_body_bytes=10_000)  # type: ignore[dict-item]
    return TestClient(app, base_url="http://carehub.test/fhir/R4", headers={"Authorization": "Bearer reader"})
