"""Clauses about cases together: ids that survive an update, what is taken back, merges, labels, and original codes beside translations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from carehub.feeds.adapter import Adapter
from carehub.feeds.mapped import MappedRecord
from carehub.fhir.canonical import content_hash
from carehub.fhir.resource import codings, first, many
from carehub.kit.cases import AdapterFolder
from carehub.kit.results import FolderClause, accepted_cases
from carehub.terms.codes import SNOMED
from carehub.terms.refs import RecordRef

# SNOMED CT codes that name a kind of entry in a GP record (consultation, topic, category, comment note), not what an entry says.
_STRUCTURE = {"325851000000107", "25851000000105", "24781000000107", "37331000000100"}
# A status that says the source took the statement back.
_TAKEN_BACK = {"entered-in-error", "cancelled", "revoked"}


def ids_survive_an_update(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """At least one record is told by two cases with different content under one id: what changes is the record, not its name."""
    told: dict[RecordRef, set[str]] = defaultdict(set)
    for _, mapped in accepted_cases(adapter, folder):
        for record in mapped.records:
            if record.ref.type != "Patient" or folder.manifest.produces == ("Patient",):
                told[record.ref].add(content_hash([record.resource, record.change]))
    if not any(len(contents) > 1 for contents in told.values()):
        yield "no two cases tell one record with different content, so nothing shows that its id survives an update"


def withdrawn_case(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """A case takes something back: a withdrawn record, a status that says so, or a scope told completely without it."""
    for _, mapped in accepted_cases(adapter, folder):
        if mapped.closes or any(_takes_back(record) for record in mapped.records):
            return
    yield "no case takes anything back; what the source withdraws would stay in the record"


def _takes_back(record: MappedRecord) -> bool:
    stated = set(many(record.resource, "status")) | set(many(record.resource, "verificationStatus", "coding", "code"))
    return record.change == "withdrawn" or bool(_TAKEN_BACK & {str(one) for one in stated})


def withdrawn_is_not_empty(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """What a case withdraws is a record that another case tells: a withdrawal under another id withdraws nothing."""
    cases = accepted_cases(adapter, folder)
    told = {record.ref for _, mapped in cases for record in mapped.records if record.change != "withdrawn"}
    for case, mapped in cases:
        for record in mapped.records:
            if record.change == "withdrawn" and record.ref not in told:
                yield f"cases/{case.slug}: {record.ref.type} is withdrawn, and no case tells it"


def merge_case(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """A case tells that two patient records of the source are one person."""
    if not any(mapped.merges for _, mapped in accepted_cases(adapter, folder)):
        yield "no case merges two patient records"


def label_case(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """A case carries a confidentiality label or a mark that something is withheld, and a record shows it."""
    for _, mapped in accepted_cases(adapter, folder):
        if any(first(record.resource, "meta", "security") for record in mapped.records):
            return
    yield "no case shows a confidentiality label on a record"


def original_kept(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Beside a SNOMED CT code that the message does not hold stands what the message did say: a coding or a text.

    A concept that is the same in every case is the adapter's own constant ("referral to social prescribing"), not a translation.
    """
    found: dict[tuple[str, str], list[tuple[str, Any, bool]]] = defaultdict(list)
    for case, mapped in accepted_cases(adapter, folder):
        sent = case.message.body.decode("utf-8", "replace").casefold()
        for record in mapped.records:
            for path, concept in _concepts(record.resource, record.ref.type):
                found[record.ref.type, path].append((case.slug, concept, _is_bare_translation(concept, sent)))
    for (_, path), concepts in sorted(found.items()):
        if len({content_hash(concept) for _, concept, _ in concepts}) > 1:
            bare = sorted({slug for slug, _, lost in concepts if lost})
            yield from (f"cases/{slug}: {path}: a SNOMED CT code stands without what the source said" for slug in bare)


def _is_bare_translation(concept: Any, sent: str) -> bool:
    listed = list(codings(concept))
    snomed = {code for system, code, _ in listed if system == SNOMED} - _STRUCTURE
    if not snomed or any(code in sent for code in snomed):
        return False
    words = [code for system, code, _ in listed if system != SNOMED] + [d for _, _, d in listed if d] + [str(concept.get("text") or "")]
    return not any(word and word.casefold() in sent for word in words)


def _concepts(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("coding"), list):
            yield at, value
        for name, part in value.items():
            yield from _concepts(part, f"{at}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from _concepts(part, at)


FOLDER_CLAUSES: tuple[FolderClause, ...] = (
    ids_survive_an_update,
    withdrawn_case,
    withdrawn_is_not_empty,
    merge_case,
    label_case,
    original_kept,
)
