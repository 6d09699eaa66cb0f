"""Issue: one thing wrong with an input, named by catalogue number and place, never by patient data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["fatal", "error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One row of the issue catalogue.

    number: "GATE-003". severity and code are FHIR R4 IssueSeverity and IssueType values
    (https://hl7.org/fhir/R4/valueset-issue-type.html). text is the sentence a sender reads; it is fixed, so it cannot carry patient data.
    """

    number: str
    severity: Severity
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Issue:
    """One occurrence of a catalogue entry.

    at: FHIRPath, HL7 v2 field name or JSON path of the place ("Bundle.entry[3].resource", "PID-7"); structure only, no values.
    about: the FHIR resource type concerned, or "".
    count: how many times it occurred in this message at this kind of place.
    """

    entry: CatalogueEntry
    at: str = ""
    about: str = ""
    count: int = 1

    @property
    def number(self) -> str:
        return self.entry.number

    @property
    def severity(self) -> Severity:
        return self.entry.severity

    @property
    def text(self) -> str:
        return self.entry.text
