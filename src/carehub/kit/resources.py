"""Clauses about the resources an adapter makes: ids, references, types, and validity once an update is laid over what was known."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.feeds.adapter import Adapter
from carehub.feeds.mapped import MappedRecord
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.references import find
from carehub.fhir.resource import Resource
from carehub.fhir.ukcore import must_haves
from carehub.kit.cases import Case
from carehub.kit.golden import outcome
from carehub.terms.errors import Rejected

# What an adapter may say in meta; version, time and source are the hub's.
_OWN_META = {"profile", "security", "tag"}


def ids_are_derived(adapter: Adapter, case: Case) -> Iterator[str]:
    """A resource's type and id are its RecordRef's: no adapter invents an id."""
    for record in _records(adapter, case):
        if (record.resource.get("resourceType"), record.resource.get("id")) != (record.ref.type, record.ref.id):
            yield f"{record.ref.type} {record.at}: type or id is not the reference's"


def references_resolve(adapter: Adapter, case: Case) -> Iterator[str]:
    """Every "Type/id" reference is to a record of the same message; every "#id" to a contained resource."""
    records = _records(adapter, case)
    known = {record.ref.reference for record in records}
    for record in records:
        contained = {f"#{part.get('id')}" for part in record.resource.get("contained") or ()}
        for path, reference in find(record.resource):
            if reference not in known | contained:
                yield f"{record.ref.type}.{path} points at nothing in the message"


def declared_types(adapter: Adapter, case: Case) -> Iterator[str]:
    """Only resource types that the manifest declares."""
    found = {record.ref.type for record in _records(adapter, case)} - set(adapter.manifest.produces)
    yield from (f"{name} is not declared in the manifest" for name in sorted(found))


def own_meta(adapter: Adapter, case: Case) -> Iterator[str]:
    """meta holds profile, security and tag at most."""
    for record in _records(adapter, case):
        yield from (
            f"{record.ref.type}.meta.{name} is the hub's to set" for name in sorted(set(record.resource.get("meta") or {}) - _OWN_META)
        )


def valid_r4(adapter: Adapter, case: Case) -> Iterator[str]:
    """Every resource passes the gate."""
    for record, resource in _whole(adapter, case):
        yield from (f"{record.ref.type} {record.at}: {i.number} at {i.at}" for i in check(resource))


def valid_by_models(adapter: Adapter, case: Case) -> Iterator[str]:
    """Every resource is valid R4 to fhir.resources too."""
    for record, resource in _whole(adapter, case):
        yield from (f"{record.ref.type} {record.at}: {i.number} at {i.at}" for i in explain(resource))


def uk_core(adapter: Adapter, case: Case) -> Iterator[str]:
    """Every resource has what its UK Core profile requires."""
    for record, resource in _whole(adapter, case):
        yield from (f"{record.ref.type} {record.at}: {i.number} at {i.at}" for i in must_haves(resource))


def _records(adapter: Adapter, case: Case) -> tuple[MappedRecord, ...]:
    result = outcome(adapter, case.message)
    return () if isinstance(result, Rejected) else result.records


def _whole(adapter: Adapter, case: Case) -> Iterator[tuple[MappedRecord, Resource]]:
    """Each record as it would be stored if nothing was known before; a withdrawn one may be only its type and id, so it is passed over."""
    for record in _records(adapter, case):
        if record.change == "update":
            yield record, adapter.revise({}, record.resource, record.clears)
        elif record.change == "snapshot":
            yield record, record.resource
