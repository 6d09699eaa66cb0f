"""A small adapter that meets the whole contract, and its folder: what hostile ones are made from by changing one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from carehub.feeds.adapter import Adapter, overlay, whole
from carehub.feeds.coverage import read_uses
from carehub.feeds.manifest import Manifest, read_manifest
from carehub.feeds.mapped import Mapped, MappedRecord, RecordMerge
from carehub.feeds.message import Message
from carehub.fhir.gate import read_json
from carehub.kit.cases import AdapterFolder, Case, message
from carehub.kit.golden import outcome, text
from carehub.terms import nhs_number
from carehub.terms.errors import Rejected, Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant, iso
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef
from unit.kit.hospice import MANIFEST

SOURCE = SourceOrganisation("X99001", "", SourceKind.VOLUNTARY)
DOMAIN = "https://example.org/Id/hospice"
BODY = (
    b'{"id":"P1","family":"Okafor","nhs":"9990000018","sent":"2026-07-02T09:00:00","plan":"A","words":"at home","secret":true,"kept":"x"}'
)
LATER = BODY.replace(b"07-02", b"07-03").replace(b"at home", b"in the hospice")
GONE = BODY.replace(b"07-02", b"07-04").replace(b'"words":"at home"', b'"words":"","gone":true')
JOINED = BODY.replace(b"07-02", b"07-05").replace(b'"kept"', b'"was":"P9","kept"')
USES = """path,use,reason
id,key,
family,mapped,
nhs,mapped,
sent,mapped,
plan,key,
words,mapped,
secret,label,
kept,dropped,ours
was,mapped,
gone,mapped,
"""

Change = Callable[[Mapped], Mapped]
# What the source calls a place, and its SNOMED CT code (invented ones, with words beside them).
PLACES = {"at home": "100001", "in the hospice": "100002"}


def careful(told: Message) -> Mapped:
    """Maps BODY and its kind: a person, and a plan that can be revised and taken back."""
    said = read_json(told.body)
    if not isinstance(said, dict) or not isinstance(said.get("id"), str) or not said["id"]:
        raise Unmappable(issue("MAP-002"))
    given = {name: value if isinstance(value, str) else "" for name, value in said.items()}
    ref = RecordRef(SOURCE.code, given["id"], "Patient")
    person: dict[str, Any] = {"resourceType": "Patient", "id": ref.id, "identifier": [{"system": DOMAIN, "value": given["id"]}]}
    if number := nhs_number.valid(given.get("nhs")):
        person["identifier"].append({"system": nhs_number.SYSTEM, "value": number})
    if given.get("family"):
        person["name"] = [{"family": given["family"]}]
    records = [MappedRecord(ref, person), *_plan(said, given, ref)]
    if said.get("secret"):
        label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
        records = [replace(r, resource={**r.resource, "meta": {"security": [label]}}) for r in records]
    merges: tuple[RecordMerge, ...] = ()
    if given.get("was"):
        merges = (RecordMerge(ref, RecordRef(SOURCE.code, given["was"], "Patient")),)
    moment = instant(given.get("sent", "")) if given.get("sent", "") > "1900" else None
    return Mapped(SOURCE, ref, "plan", iso(moment) if moment else "", tuple(records), merges=merges)


def _plan(said: dict[str, Any], given: dict[str, str], ref: RecordRef) -> Iterable[MappedRecord]:
    if not given.get("plan"):
        return
    plan = ref.of_type("CarePlan", given["plan"])
    words = given.get("words", "")
    place: dict[str, Any] = {
        "resourceType": "CarePlan",
        "id": plan.id,
        "status": "active",
        "intent": "plan",
        "subject": {"reference": ref.reference},
    }
    if words:
        place["category"] = [{"coding": [{"system": "http://snomed.info/sct", "code": PLACES.get(words, "100003")}], "text": words}]
    yield MappedRecord(plan, place, change="withdrawn" if said.get("gone") else "update")


def manifest() -> Manifest:
    listed = MANIFEST.replace('produces = ["Patient"]', 'produces = ["Patient", "CarePlan"]').replace('"about"', '"about", "plan"')
    return read_manifest(listed, where="manifest.toml")


def adapter(map_message: Callable[[Message], Mapped] = careful, **changes: Any) -> Adapter:
    return replace(Adapter(manifest(), map_message, whole, overlay), **changes)


def told_otherwise(change: Change) -> Adapter:
    """The careful adapter, its accepted results changed."""
    return adapter(lambda got: change(careful(got)))


def case(body: bytes = BODY, slug: str = "case", of: Adapter | None = None) -> Case:
    """A case with the golden text that an adapter (the careful one by default) gives it."""
    told = message(manifest(), body, name=slug)
    result = outcome(of or adapter(), told)
    return Case(slug, told, text(result), isinstance(result, Rejected))


def folder(**changes: Any) -> AdapterFolder:
    cases = tuple(case(body, slug) for slug, body in {"a": BODY, "b": LATER, "c": GONE, "d": JOINED, "e": b"x"}.items())
    modules = (("adapter.py", "from . import patient\nfrom carehub.feeds.mapped import Mapped\n"), ("patient.py", "import re\n"))
    found = AdapterFolder(
        "hospice", manifest(), "# Hospice\n\n## Known gaps\n", "# Changes\n\n## 1\n", cases, read_uses(USES, where="fields.csv"), modules
    )
    return replace(found, **changes)


def plans(mapped: Mapped, change: Callable[[MappedRecord], MappedRecord]) -> Mapped:
    """The result with its CarePlans changed."""
    return replace(mapped, records=tuple(change(r) if r.ref.type == "CarePlan" else r for r in mapped.records))


def person(mapped: Mapped, **elements: Any) -> Mapped:
    """The result with elements of its Patient replaced."""
    return replace(
        mapped, records=tuple(replace(r, resource={**r.resource, **elements}) if r.ref.type == "Patient" else r for r in mapped.records)
    )
