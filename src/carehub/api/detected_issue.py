"""A disagreement between sources as a FHIR DetectedIssue: its statements as evidence, how far it has come, and what was done as mitigation. Pure."""

from __future__ import annotations

from collections.abc import Collection

from carehub.careplan.disagreement.progress import Progress, history
from carehub.careplan.disagreement.steps import Step
from carehub.careplan.plan import Conflict, Statement
from carehub.fhir.provenance import provenance
from carehub.fhir.resource import Resource
from carehub.terms.moments import show_date

TYPES = "urn:carehub:conflict-type"
# R4 binds status to observation-status: preliminary while somebody has something to do, final once explained or resolved at source.
STATUS = {"open": "preliminary", "assigned": "preliminary", "explained": "final", "resolved": "final", "not-compared": "unknown"}


def detected_issue(progress: Progress, person: str, served: Collection[str]) -> Resource:
    """An R4 DetectedIssue. served: the records ("Type/id") that the reader may follow a reference to.

    The extensions say state (open, assigned, explained, resolved, not-compared), kind (conflict or difference), the state in words, and each
    line of history. identifiedDateTime: when the newest of the statements was received.
    """
    conflict = progress.conflict
    records = list(dict.fromkeys(s.attribution.record for s in conflict.statements if s.attribution.record in served))
    received = max((s.attribution.received for s in conflict.statements), default="")
    evidence = [_evidence(s, served) for s in conflict.statements]
    mitigation = [_mitigation(step) for step in progress.steps]
    return {
        "resourceType": "DetectedIssue",
        "id": conflict.id,
        "meta": {"versionId": str(len(progress.steps))},
        "extension": list(_extensions(progress)),
        "status": STATUS[progress.state],
        "code": {"coding": [{"system": TYPES, "code": conflict.type}], "text": conflict.sentence},
        "severity": conflict.severity,
        "patient": {"reference": f"Patient/{person}"},
        **({"identifiedDateTime": received} if received else {}),
        **({"implicated": [{"reference": record} for record in records]} if records else {}),
        **({"evidence": evidence} if evidence else {}),
        "detail": conflict.sentence,
        **({"mitigation": mitigation} if mitigation else {}),
    }


def _extensions(progress: Progress) -> list[Resource]:
    told = [
        ("state", "valueCode", progress.state),
        ("kind", "valueCode", kind(progress.conflict)),
        ("section", "valueCode", progress.conflict.section),
        ("state-in-words", "valueString", progress.conflict.state),
        *(("history", "valueString", history(step)) for step in progress.steps),
    ]
    return [{"url": f"urn:carehub:conflict-{name}", value: said} for name, value, said in told if said]


def kind(conflict: Conflict) -> str:
    """ "conflict" or "difference"."""
    return "difference" if conflict.difference else "conflict"


def _evidence(statement: Statement, served: Collection[str]) -> Resource:
    """One statement: whose, in which words, and where reader and policy allow the record itself and its Provenance."""
    told = statement.attribution
    said = f"{told.source.title}: {statement.text}"
    if told.record not in served:
        return {"detail": [{"display": said}]}
    return {"detail": [{"reference": told.record, "display": said}, {"reference": f"Provenance/{provenance(told)['id']}"}]}


def _mitigation(step: Step) -> Resource:
    if step.by is None:
        return {"action": {"text": "Resolved at source: the sources no longer disagree"}, "date": step.at, "author": {"display": "carehub"}}
    asked = f": {step.text}" if step.text else ""
    assigned = f"Assigned to {step.owner}, {step.organisation}, due {show_date(step.due)}{asked}"
    by = step.by
    return {
        "action": {"text": assigned if step.kind == "assigned" else f"Explained: {step.text}"},
        "date": step.at,
        "author": {"identifier": {"value": by.user}, "display": f"{by.name}, {by.organisation_name or by.organisation}"},
    }
