"""Clauses about fields.csv (ING-10): every source field is mapped, dropped with a reason, or known not to be mapped; and it is true."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.feeds.adapter import Adapter
from carehub.feeds.coverage import USED, Coverage, coverage, use_of
from carehub.feeds.fields import fields, without
from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import stable
from carehub.kit.cases import AdapterFolder, Case, again
from carehub.kit.results import FolderClause, accepted, accepted_cases

# A field is taken out of this many of the cases that hold it, the smallest first, until the result changes.
_TRIES = 12
_SHOWN = 12


def covered(adapter: Adapter, folder: AdapterFolder) -> Coverage:
    """Every field that the cases hold, against fields.csv."""
    return coverage((path for case in folder.cases for path in held(adapter, case)), folder.uses or ())


def held(adapter: Adapter, case: Case) -> list[str]:
    """The fields a case holds, by the adapter's own account where it gives one."""
    return list(adapter.fields(case.message) if adapter.fields else fields(case.message.body))


def fields_are_listed(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """There is a fields.csv, and it lists every field that a case holds."""
    if folder.uses is None:
        yield "there is no fields.csv that says which source fields are mapped, and why others are not"
        return
    yield from _some([f"{path} is not in fields.csv" for path in covered(adapter, folder).unlisted])


def listed_fields_occur(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Every field that fields.csv says is mapped is held by a case, so that the claim is tried."""
    found = {path for case in folder.cases for path in held(adapter, case)}
    rows = [row for row in folder.uses or () if row.use in USED and not any(row.covers(path) for path in found)]
    yield from _some([f"{row.path} is said to be {row.use}, and no case holds it" for row in rows])


def mapped_fields_matter(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Taking a mapped field out of a message changes the result in at least one case."""
    yield from _some([f"{path} is said to be mapped, and without it nothing changes" for path in _idle(adapter, folder, mapped=True)])


def dropped_fields_do_not(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Taking out a field that is said to be dropped or not mapped changes no record."""
    yield from _some(
        [f"{path} is said not to be mapped, and without it the records change" for path in _idle(adapter, folder, mapped=False)]
    )


def keys_decide_ids(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Where fields.csv marks keys, taking any other field out makes no new id: only keys decide which record is told."""
    uses = folder.uses or ()
    if not any(row.use == "key" for row in uses):
        return
    found: dict[str, None] = {}
    for case, mapped in accepted_cases(adapter, folder):
        known = {record.ref for record in mapped.records}
        for path in held(adapter, case):
            row = use_of(path, uses)
            if row and row.use != "key" and path not in found:
                less = _less(adapter, case, path)
                if less and any(record.ref not in known for record in less.records):
                    found[path] = None
    yield from _some([f"{path} is not a key, and without it a record gets another id" for path in found])


def labels_in_fields_count(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """A field that fields.csv marks as a label changes meta.security, a Consent or a Flag in a case that holds it."""
    labels = [row for row in folder.uses or () if row.use == "label"]
    for row in labels:
        cases = [(c, m, p) for c, m in accepted_cases(adapter, folder) for p in held(adapter, c) if row.covers(p)]
        if cases and not any(_labels(mapped) != _labels(_less(adapter, case, path)) for case, mapped, path in cases):
            yield f"{row.path} is a label, and without it no security label changes"


def _labels(mapped: Mapped | None) -> bytes:
    records = mapped.records if mapped else ()
    shown = [
        [r.ref.id, r.resource if r.ref.type in ("Consent", "Flag") else (r.resource.get("meta") or {}).get("security")] for r in records
    ]
    return stable(shown)


def _idle(adapter: Adapter, folder: AdapterFolder, *, mapped: bool) -> list[str]:
    """Fields whose listed use the cases belie. A field that cannot be taken out of any case proves nothing and is passed over."""
    uses = folder.uses or ()
    holding: dict[str, list[tuple[Case, bytes]]] = {}
    for case, told in sorted(accepted_cases(adapter, folder), key=lambda pair: len(pair[0].message.body)):
        said = _said(told)
        for path in dict.fromkeys(held(adapter, case)):
            row = use_of(path, uses)
            if row and (row.use in USED) == mapped:
                holding.setdefault(path, []).append((case, said))
    belied = []
    for path, cases in sorted(holding.items()):
        tried = False
        for case, said in cases[: _TRIES if mapped else 3]:
            change = _changes(adapter, case, said, path)
            tried = tried or change is not None
            if change:
                break
        else:
            change = False
        if tried and bool(change) != mapped:
            belied.append(path)
    return belied


def _changes(adapter: Adapter, case: Case, said: bytes, path: str) -> bool | None:
    """Whether the records, the patient, the time or the verdict change without the field; None when it cannot be taken out."""
    body = _body_without(adapter, case, path)
    if body is None:
        return None
    less = accepted(adapter, again(case, body))
    return less is None or _said(less) != said


def _less(adapter: Adapter, case: Case, path: str) -> Mapped | None:
    body = _body_without(adapter, case, path)
    return accepted(adapter, again(case, body)) if body is not None else None


def _body_without(adapter: Adapter, case: Case, path: str) -> bytes | None:
    return adapter.without(case.message, path) if adapter.without else without(case.message.body, path)


def _said(mapped: Mapped) -> bytes:
    return stable(
        [mapped.source, mapped.patient, mapped.kind, mapped.recorded, mapped.sequence, mapped.records, mapped.merges, mapped.closes]
    )


def _some(findings: list[str]) -> Iterator[str]:
    yield from findings[:_SHOWN]
    if len(findings) > _SHOWN:
        yield f"and {len(findings) - _SHOWN} more"


FOLDER_CLAUSES: tuple[FolderClause, ...] = (
    fields_are_listed,
    listed_fields_occur,
    mapped_fields_matter,
    dropped_fields_do_not,
    keys_decide_ids,
    labels_in_fields_count,
)
