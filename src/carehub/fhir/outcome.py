"""Issues as a FHIR OperationOutcome: the one shape of every refusal."""

from __future__ import annotations

from collections.abc import Iterable

from carehub.fhir import r4
from carehub.fhir.resource import Resource
from carehub.terms.issue import Issue

SYSTEM = "urn:carehub:issue"


def operation_outcome(issues: Iterable[Issue]) -> Resource:
    """An R4 OperationOutcome with one issue for each; details carry the catalogue number and its fixed words, expression the FHIRPath place.

    A place that is not FHIRPath (an HL7 v2 field, a row) and a count above 1 go to diagnostics. Without issues: one "information" issue
    that says all is well (https://hl7.org/fhir/R4/operationoutcome.html).
    """
    told = [_one(issue) for issue in issues]
    return {"resourceType": "OperationOutcome", "issue": told or [_ALL_WELL]}


_ALL_WELL: Resource = {"severity": "information", "code": "informational", "details": {"text": "No faults were found."}}


def _one(issue: Issue) -> Resource:
    said: Resource = {
        "severity": issue.severity,
        "code": issue.entry.code,
        "details": {"coding": [{"system": SYSTEM, "code": issue.number}], "text": issue.text},
    }
    notes = [f"{issue.count} times"] if issue.count > 1 else []
    if issue.at:
        root = issue.at.partition(".")[0].partition("[")[0]
        if root in r4.types():
            said["expression"] = [issue.at]
        else:
            notes.insert(0, f"at {issue.at}")
    elif issue.about:
        notes.insert(0, f"about {issue.about}")
    if notes:
        said["diagnostics"] = ", ".join(notes)
    return said
