"""Kept to prove that the kit notices: every habit here is one that a clause of the contract forbids."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterator
from typing import Any

from carehub.feeds.mapped import Mapped, MappedRecord, RecordMerge
from carehub.feeds.message import Message
from carehub.terms.codes import SNOMED, ukcore
from carehub.terms.issue import CatalogueEntry, Issue
from carehub.terms.nhs_number import SYSTEM
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef

CODES = {"at home": "100001", "in the hospice": "100002"}


def map_message(message: Message) -> Mapped:
    told = json.loads(message.body.decode("latin-1"))
    patient = RecordRef("X99001", told["id"], "Patient")
    person: dict[str, Any] = {
        "resourceType": "Patient",
        "id": str(random.random()),
        "meta": {"versionId": "1", "profile": [ukcore("Patient")]},
        "language": message.received_at[:4],
        "identifier": [
            {"system": SYSTEM, "value": told["nhs"]},
            {"system": "https://example.org/unheard-of", "value": "1"},
            {"system": SYSTEM},
        ],
        "name": [{"family": told["family"]}],
        "birthDate": told["born"],
        "generalPractitioner": [{"reference": "Practitioner/1"}],
    }
    place = {
        "resourceType": "CarePlan",
        "id": "1",
        "category": [{"coding": [{"system": SNOMED, "code": CODES.get(told["place"], "100003")}]}],
    }
    other = RecordRef("X99001", "another", "Patient")
    records = (
        MappedRecord(patient, person),
        MappedRecord(patient, person, change="update"),
        MappedRecord(patient.of_type("CarePlan", told["place"]), place),
        MappedRecord(other.of_type("Condition", "1"), {"resourceType": "Condition", "id": "1"}),
        MappedRecord(patient.of_type("Flag", told["place"]), {"resourceType": "Flag"}, change="withdrawn"),
    )
    return Mapped(
        SourceOrganisation("X99001", "", SourceKind.ACUTE),
        patient,
        "told in another way",
        told["sent"] + "Z",
        records,
        issues=(Issue(CatalogueEntry("MAP-007", "warning", "value", f"Odd: {told['family']}"), at=told["family"]),),
        merges=(RecordMerge(patient, patient),),
        closes=("", ""),
    )


def split(body: bytes) -> Iterator[bytes]:
    return iter(())


def revise(earlier: dict[str, Any], update: dict[str, Any], clears: tuple[str, ...]) -> dict[str, Any]:
    earlier["times"] = earlier.get("times", 0) + 1
    return {**update, "times": earlier["times"]}


def call_home() -> None:
    from carehub.hub.hub import Hub

    socket.create_connection((Hub.__name__, 80))
