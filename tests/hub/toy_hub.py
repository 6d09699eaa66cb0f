"""A hub over the memory store with a toy feed, so that each verb can be tested without a real format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from carehub.careplan.sections import HEADINGS
from carehub.feeds.adapter import Adapter, overlay
from carehub.feeds.catalogue import Catalogue
from carehub.feeds.manifest import Feed, Grade, Manifest
from carehub.feeds.mapped import Mapped, MappedRecord, RecordMerge
from carehub.feeds.message import Message, Submission
from carehub.governance.policy import TABLE
from carehub.governance.requester import Requester
from carehub.hub.asked import Asked
from carehub.hub.disclose import Disclosing
from carehub.hub.disputes_told import Disputes
from carehub.hub.emergency_grants import Emergencies
from carehub.hub.hub import Hub
from carehub.hub.own_feeds import OWN
from carehub.store.memory import MemoryStore
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NURSE = Requester("jo", "Jo Adeyemi", "district-nurse", "X99001", "Northvale Community", "TREAT")


_OF_A_PATIENT = ("AllergyIntolerance", "Immunization", "Consent", "RelatedPerson", "EpisodeOfCare")


class Clock:
    """A clock that moves a second each time it is read."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def map_message(message: Message) -> Mapped:
    """{"source", "patient", "nhs", "born", "given", "family", "at", "records": [{"type", "id", "scope", …}], "merge": other patient, "closes"}.

    {"source", "at", "closing": scopes} closes the scopes of the submission; {"source", "directory": records} is about nobody.
    """
    try:
        told = json.loads(message.body, parse_float=Decimal)
        if "closing" in told or "directory" in told:
            return _about_nobody(told)
        ref = RecordRef(told["source"], told["patient"], "Patient")
    except (ValueError, KeyError, TypeError):
        raise Unreadable(issue("MAP-001")) from None
    if told.get("bug"):
        raise RuntimeError("a bug in the adapter")
    records = [MappedRecord(ref, _patient(ref, told), told.get("change", "snapshot"), tuple(told.get("clears", ())))]
    for extra in told.get("records", ()):
        records.append(_record(ref, dict(extra)))
    merges = ()
    if told.get("merge"):
        other = RecordRef(told["source"], told["merge"], "Patient")
        records.append(MappedRecord(other, {"resourceType": "Patient", "id": other.id, "active": False}, "update"))
        merges = (RecordMerge(ref, other, told.get("undone", False)),)
    return Mapped(
        source=SourceOrganisation(told["source"], told["source"], SourceKind(told.get("kind", "gp"))),
        patient=ref,
        kind="toy",
        recorded=told.get("at", ""),
        records=tuple(records),
        snapshot=told.get("whole", False),
        merges=merges,
        closes=tuple(told.get("closes", ())),
        issues=(issue("MAP-004"),) if told.get("lost_entry") else (),
    )


def _about_nobody(told: dict[str, Any]) -> Mapped:
    records = []
    for one in told.get("directory", ()):
        ref = RecordRef(told["source"], "", one["resourceType"], one["id"])
        records.append(MappedRecord(ref, {**one, "id": ref.id}))
    return Mapped(
        source=SourceOrganisation(told["source"], told["source"], SourceKind(told.get("kind", "local_authority"))),
        patient=None,
        kind="toy",
        recorded=told.get("at", ""),
        records=tuple(records),
        closes=tuple(told.get("closing", ())),
        closes_submission="closing" in told,
    )


def _patient(ref: RecordRef, told: dict[str, Any]) -> dict[str, Any]:
    patient: dict[str, Any] = {"resourceType": "Patient", "id": ref.id, **told.get("extra", {})}
    if told.get("nhs"):
        patient["identifier"] = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": told["nhs"]}]
    if told.get("family"):
        patient["name"] = [{"family": told["family"], "given": [told["given"]]}]
    if told.get("born"):
        patient["birthDate"] = told["born"]
    return patient


def _record(patient: RecordRef, extra: dict[str, Any]) -> MappedRecord:
    type_, local, change, scope = extra.pop("type"), extra.pop("id"), extra.pop("change", "snapshot"), extra.pop("scope", "")
    ref = patient.of_type(type_, local)
    whose = "patient" if type_ in _OF_A_PATIENT else "for" if type_ == "Task" else "subject"
    subject = {whose: {"reference": patient.reference}}
    return MappedRecord(ref, {"resourceType": type_, "id": ref.id, **subject, **extra}, change, at=f"records.{local}", scope=scope)


def split(body: bytes) -> Iterator[bytes]:
    """One message a line."""
    yield from (line for line in body.split(b"\n") if line.strip())


def toy_adapter(version: int = 1, mapper: Any = map_message) -> Adapter:
    """The toy feed's adapter at a mapping version."""
    feed = Feed(
        name="feed",
        title="Toy",
        content_type="application/json",
        arrives="push",
        messages=("toy",),
        expected_every="PT1H",
        stale_after="P1D",
    )
    manifest = Manifest(
        name="toy",
        title="Toy",
        owner="Nobody",
        clinical_owner="Nobody",
        source_kind=SourceKind.GP,
        identifier_domain="urn:toy",
        mapping_version=version,
        produces=("Patient",),
        sections=tuple(heading.key for heading in HEADINGS),
        feeds=(feed,),
        grade=Grade(level="bronze"),
    )
    return Adapter(manifest, mapper, split, overlay)


def toy_hub(adapter: Adapter | None = None, store: MemoryStore | None = None) -> Hub:
    """A hub over a memory store and the toy feed."""
    held = store or MemoryStore()
    clock = Clock()
    catalogue = Catalogue([adapter or toy_adapter()], OWN)
    opened = Emergencies(held.records, held.links, held.log)
    door = {"catalogue": catalogue, "steps": held.steps, "emergencies": opened, "disputes": Disputes(held.records, held.links, held.log)}
    door["asked"] = Asked(held.edition)
    disclosing = Disclosing(held.records, held.links, held.plans, held.audit, TABLE, clock, **door)
    return Hub(held, held.log, catalogue, clock, disclosing)


def required(hub: Hub, *, days_after: int = 0) -> Hub:
    """The hub, where who reads for direct care must stand in a relationship with the person."""
    return _with_relationships(hub, asked=True, days_after=days_after)


def without_relationships(hub: Hub) -> Hub:
    """The hub, where nobody is asked for a relationship: for what is said of a record whoever reads it."""
    return _with_relationships(hub, asked=False, days_after=0)


def _with_relationships(hub: Hub, *, asked: bool, days_after: int) -> Hub:
    sharing = hub.disclosing.sharing
    agreements = replace(sharing.agreements, relationship=asked, days_after=days_after)
    object.__setattr__(hub.disclosing, "sharing", replace(sharing, agreements=agreements))
    return hub


def submit(hub: Hub, *messages: dict[str, Any], key: str = "") -> list[str]:
    """Hand over messages as one submission; the message ids."""
    body = b"\n".join(json.dumps(message).encode() for message in messages)
    return list(hub.receive([Submission("toy/feed", body, iso(hub.clock()), "test", key)])[0].messages)


def ada(source: str = "gp", patient: str = "1", **more: Any) -> dict[str, Any]:
    """A message about one invented woman; two of them from two sources link."""
    told = {
        "source": source,
        "patient": patient,
        "nhs": "9990000018",
        "born": "1944-05-01",
        "given": "Ada",
        "family": "Okafor",
        "at": "2026-11-20T08:00:00.000Z",
    }
    return {**told, **more}


CLOSED = {"meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}}
"""What a Patient has that its source marks as restricted."""

PENICILLIN = {
    "type": "AllergyIntolerance",
    "id": "a1",
    "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "91936005", "display": "Allergy to penicillin"}]},
}
