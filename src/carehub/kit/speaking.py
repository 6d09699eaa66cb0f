"""Clauses about what a result says: who speaks, of what kind, with which identifiers, labels, merges and closed scopes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from carehub.feeds.adapter import Adapter
from carehub.fhir.canonical import loads
from carehub.fhir.resource import many
from carehub.kit.cases import Case
from carehub.kit.results import Clause, accepted, patients
from carehub.terms import nhs_number
from carehub.terms.organisations import ODS_SYSTEM

# Identifier systems that belong to the nation, not to a source.
_NATIONAL = (ODS_SYSTEM, "https://fhir.nhs.uk/Id/", "https://fhir.hl7.org.uk/Id/")


def source_named(adapter: Adapter, case: Case) -> Iterator[str]:
    """The result names the organisation that speaks, of the manifest's sector, and every record is told by it."""
    if mapped := accepted(adapter, case.message):
        if not mapped.source.code.strip():
            yield "the source has no code"
        if mapped.source.kind != adapter.manifest.source_kind:
            yield f"the source is of sector {mapped.source.kind}; the manifest says {adapter.manifest.source_kind}"
        yield from (f"{r.ref.type} {r.at}: told by another source" for r in mapped.records if r.ref.source != mapped.source.code)


def declared_kinds(adapter: Adapter, case: Case) -> Iterator[str]:
    """The kind of an accepted message is one that its feed declares; a closing message is about nobody and needs no kind."""
    mapped = accepted(adapter, case.message)
    if mapped and not mapped.closes_submission:
        name = case.message.feed.partition("/")[2]
        if mapped.kind not in adapter.feed(name).messages:
            yield f"the feed {name} does not declare the kind of this message"


def says_something(adapter: Adapter, case: Case) -> Iterator[str]:
    """An accepted message tells at least one record, a merge or a closed scope, or has an issue that says why it does not."""
    mapped = accepted(adapter, case.message)
    if mapped and not (mapped.records or mapped.merges or mapped.closes or mapped.issues):
        yield "accepted, and nothing is told: silence would be read as nothing to say"


def merges_name_two(adapter: Adapter, case: Case) -> Iterator[str]:
    """A merge names two different patient records of the source that speaks."""
    if mapped := accepted(adapter, case.message):
        for merge in mapped.merges:
            if merge.surviving == merge.subsumed:
                yield "a merge of a record into itself"
            for ref in (merge.surviving, merge.subsumed):
                if ref.type != "Patient" or ref.source != mapped.source.code:
                    yield "a merge names something that is not a patient record of this source"


def scopes_are_closed_honestly(adapter: Adapter, case: Case) -> Iterator[str]:
    """Only scopes with a name are closed, each once; a message about nobody closes its submission or tells records of nobody."""
    if mapped := accepted(adapter, case.message):
        if "" in mapped.closes or len(set(mapped.closes)) != len(mapped.closes):
            yield "a closed scope has no name or is closed twice"
        if mapped.closes_submission and mapped.patient is not None:
            yield "the message that closes a submission is about a patient"
        if mapped.patient is None and not mapped.closes_submission and any(record.ref.patient for record in mapped.records):
            yield "the message is about nobody and tells records of a patient"


def nhs_numbers_checked(adapter: Adapter, case: Case) -> Iterator[str]:
    """The NHS number system holds valid numbers only, and a patient has at most one that is not marked old."""
    if mapped := accepted(adapter, case.message):
        for record in patients(mapped):
            held = [i for i in many(record.resource, "identifier") if isinstance(i, dict) and i.get("system") == nhs_number.SYSTEM]
            if any(nhs_number.valid(str(i.get("value") or "")) != i.get("value") for i in held):
                yield f"{record.at or 'Patient'}: what stands in the NHS number system is not a valid NHS number"
            if len([i for i in held if i.get("use") != "old"]) > 1:
                yield f"{record.at or 'Patient'}: more than one NHS number stands for the patient"


def declared_domain(adapter: Adapter, case: Case) -> Iterator[str]:
    """A patient's identifiers are in the declared domain, a national one, one the message itself names, or one of the hub's for this source."""
    mapped = accepted(adapter, case.message)
    if mapped is None:
        return
    sent = case.message.body.decode("utf-8", "replace")
    domain = re.escape(adapter.manifest.identifier_domain).replace(re.escape("{source}"), "[^:]+")
    ours = re.compile(rf"{domain}(?:[:/].*)?|urn:carehub:{re.escape(quote(mapped.source.code, safe=''))}:.+")
    for record in patients(mapped):
        for system in many(record.resource, "identifier", "system"):
            if not (str(system).startswith(_NATIONAL) or str(system) in sent or ours.fullmatch(str(system))):
                yield f"{record.at or 'Patient'}: an identifier is in a domain that neither the manifest nor the message names"


def labels_carried(adapter: Adapter, case: Case) -> Iterator[str]:
    """Every security label of a FHIR message stands in the meta of a record told from it; one of the whole message stands in all."""
    mapped = accepted(adapter, case.message)
    if mapped is None or not case.message.body.lstrip().startswith(b"{"):
        return
    try:
        sent = loads(case.message.body)
    except ValueError:
        return
    told = [{_label(label) for label in many(record.resource, "meta", "security")} for record in mapped.records]
    whole = {_label(label) for label in many(sent, "meta", "security")}
    for missing in sorted(set(_labels(sent)) - set().union(*told)):
        yield f"the label {missing} of the message is on no record"
    for n, record in enumerate(mapped.records):
        if record.change != "withdrawn" and (lost := whole - told[n]):
            yield f"{record.ref.type} {record.at}: the message's own label {min(lost)} is not on it"


def _label(coding: Any) -> str:
    return str(coding.get("code") or "") if isinstance(coding, dict) else ""


def _labels(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (_label(label) for label in many(value, "meta", "security") if _label(label))
        for part in value.values():
            yield from _labels(part)
    elif isinstance(value, list):
        for part in value:
            yield from _labels(part)


CLAUSES: tuple[Clause, ...] = (
    source_named,
    declared_kinds,
    says_something,
    merges_name_two,
    scopes_are_closed_honestly,
    nhs_numbers_checked,
    declared_domain,
    labels_carried,
)
