"""The server under test: carehub in this process, or the one at CAREHUB_FHIR_BASE, which is given the same record by a transaction first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from contracts.fhir.in_process import carehub_client
from contracts.fhir.record import Body

BASE = os.environ.get("CAREHUB_FHIR_BASE", "")


def everything() -> list[Body]:
    """What carehub serves of the record, as the ground that both servers stand on: each source record under its own id."""
    own = carehub_client()
    person = own.get("Patient?family=Okafor").json()["entry"][0]["resource"]["id"]
    bundle = own.get(f"Patient/{person}/$everything").json()
    return [one["resource"] for one in bundle["entry"] if one["resource"]["id"] != person]


@pytest.fixture(scope="session")
def record() -> list[Body]:
    """Every resource of the record as it was served, without the person's own Patient."""
    return everything()


@pytest.fixture(scope="session")
def client(record: list[Body]) -> Iterator[Any]:
    """An HTTP client whose relative addresses are below the server's FHIR base."""
    if not BASE:
        yield carehub_client()
        return
    with httpx.Client(base_url=BASE, timeout=120) as outside:
        entries = [{"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}} for one in record]
        told = outside.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": entries})
        assert told.status_code == 200, told.text[:2000]
        yield outside


@pytest.fixture(scope="session")
def patient(record: list[Body]) -> str:
    """The id of the source's Patient, whom every record names."""
    return next(one["id"] for one in record if one["resourceType"] == "Patient")
