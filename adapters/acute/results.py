"""Results (ORC, OBR, OBX, NTE): one DiagnosticReport for each OBR, one Observation for each OBX.

Source: HL7 v2.5.1 chapter 7 (tables 0085 and 0123); UKCore-Observation-Lab and UKCore-DiagnosticReport-Lab. The filler's order number
makes the record: the same order sent again, preliminary, final or corrected, is the same record told again.
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.hl7v2 import Segment
from carehub.terms.moments import instant, iso

from . import observations, people
from .draft import Draft
from .source import address, as_reference
from .tables import table
from .timing import moment

_STATUS = {"O": "registered", "I": "registered", "S": "registered", "A": "partial", "R": "preliminary", "P": "preliminary"}
_STATUS |= {"C": "corrected", "F": "final", "X": "cancelled", "Y": "unknown", "Z": "unknown"}
_SECTIONS, _NAMES = table("report_sections"), table("report_names")
_SECTION_SYSTEM = "http://terminology.hl7.org/CodeSystem/v2-0074"
_NOTE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.note"
_OBR = frozenset((1, 2, 3, 4, 7, 22, 24, 25, 32))
_ORC = frozenset((1, 2, 3, 5, 9))


def tell(draft: Draft) -> None:
    """Put the reports and results of an ORU into the draft.

    An OBX before any OBR, or one that names no test, is noted (MAP-004) and costs only itself. Notes before the first OBR are about the
    patient and are not mapped (MAP-005).
    """
    report: Report | None = None
    numbers: dict[int, str] = {}
    for segment in draft.message.segments:
        if segment.name == "ORC":
            numbers = {2: segment.text(2), 3: segment.text(3)}
            draft.left_out(segment, _ORC, "DiagnosticReport")
        elif segment.name == "OBR":
            if report:
                report.finish()
            report = Report(draft, segment, numbers)
            numbers = {}
        elif segment.name == "OBX" and report:
            report.result(segment)
        elif segment.name == "OBX":
            draft.note("MAP-004", segment.place, "Observation")
        elif segment.name == "NTE" and report:
            report.comment(segment)
        elif segment.name == "NTE":
            draft.note("MAP-005", "NTE", "NTE")
    if report:
        report.finish()


class Report:
    """One OBR with the OBX and NTE that follow it. numbers: the placer's and filler's order numbers of the ORC before it."""

    def __init__(self, draft: Draft, obr: Segment, numbers: dict[int, str]) -> None:
        self.draft = draft
        self.obr = obr
        self.filler = _order(obr, 3) or numbers.get(3, "")
        self.placer = _order(obr, 2) or numbers.get(2, "")
        self.when = draft.time(obr, 7, "DiagnosticReport")
        self.order = self.filler or self.placer or f"{obr.text(4) or obr.text(4, 2)}|{self.when or moment(draft.message.header.text(7))}"
        self.category = _category(obr)
        self.results: dict[str, observations.Result] = {}
        self.comments: list[str] = []
        self.last: observations.Result | None = None

    def result(self, obx: Segment) -> None:
        """One more OBX. A second line of text for the same test joins the first; anything else of the same name is told apart by number."""
        self.last = None
        code = obx.first(3)
        test = code.text(1) or code.text(2)
        if not test:
            self.draft.note("MAP-004", obx.place, "Observation")
            return
        local = "|".join((self.order, test, obx.text(4)))
        earlier = self.results.get(local)
        if earlier and earlier.goes_on(obx):
            self.last = earlier
            return
        number = 2
        base = local
        while local in self.results:
            local = f"{base}|#{number}"
            number += 1
        self.last = self.results[local] = observations.Result(self.draft, obx)

    def comment(self, nte: Segment) -> None:
        """An NTE: of the result it follows, else of the report."""
        words = "\n".join(text for field in nte.repeats(3) if (text := field.whole()))
        if words:
            (self.last.notes if self.last else self.comments).append(words)

    def finish(self) -> None:
        """Put the report and its results into the draft. A report that says nothing of what was asked is noted (MAP-004)."""
        draft, obr = self.draft, self.obr
        code = draft.concept(obr.first(4), "OBR-4", "DiagnosticReport")
        status = _STATUS.get(obr.text(25).upper(), "unknown")
        lab = self.category == "laboratory"
        references = []
        for local, result in self.results.items():
            told = result.elements(self.category, fallback_time=self.when, fallback_status=status)
            profile = "Observation-Lab" if lab else "Observation"
            references.append(draft.add("Observation", local, told, at=result.place, profile=profile, change=result.change))
        draft.left_out(obr, _OBR, "DiagnosticReport")
        if code is None:
            draft.note("MAP-004", obr.place, "DiagnosticReport")
            return
        report: dict[str, Any] = {"status": status, "category": [_section(obr, lab)], "code": code, "subject": draft.subject}
        if obr.text(25) and obr.text(25).upper() not in _STATUS:
            draft.note("MAP-006", "OBR-25", "DiagnosticReport")
        if draft.encounter:
            report["encounter"] = {"reference": draft.encounter}
        kept = [("filler", "FILL", self.filler), ("placer", "PLAC", self.placer)]
        identifiers = [_order_number(draft, space, kind, value) for space, kind, value in kept if value]
        if identifiers:
            report["identifier"] = identifiers
        if self.when:
            report["effectiveDateTime"] = self.when
        issued = instant(draft.time(obr, 22, "DiagnosticReport"))
        if issued:
            report["issued"] = iso(issued)
        readers = [reference for field in obr.repeats(32) if (reference := people.practitioner(draft, field, "OBR-32"))]
        if readers:
            report["resultsInterpreter"] = [{"reference": reference} for reference in readers]
        report["performer"] = [as_reference(draft.source)]
        if references:
            report["result"] = [{"reference": reference} for reference in references]
        if self.comments:
            report["extension"] = [{"url": _NOTE, "valueAnnotation": {"text": "\n".join(self.comments)}}]
        draft.add(
            "DiagnosticReport",
            f"{self.order}|{obr.text(4) or obr.text(4, 2)}",
            report,
            at=obr.place,
            profile="DiagnosticReport-Lab" if lab else "DiagnosticReport",
        )


def _order(obr: Segment, number: int) -> str:
    field = obr.first(number)
    return "|".join(part for part in (field.text(1), field.text(2)) if part) if field.text(1) else ""


def _order_number(draft: Draft, space: str, kind: str, value: str) -> dict[str, Any]:
    concept = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": kind}]}
    return {"type": concept, "system": address(draft.source, space), "value": value.partition("|")[0]}


def _category(obr: Segment) -> str:
    """What kind of report: by its section (OBR-24), else by a name that can only be one kind; ORU^R01 otherwise carries laboratory results."""
    section = _SECTIONS.get(obr.text(24).upper())
    if section:
        return section["category"]
    name = (obr.text(4, 2) or obr.text(4)).upper()
    named = _NAMES.get(name) or _NAMES.get(name.split(" ")[0])
    return named["category"] if named else "laboratory"


def _section(obr: Segment, lab: bool) -> dict[str, Any]:
    if lab:
        return {"coding": [{"system": _SECTION_SYSTEM, "code": "LAB", "display": "Laboratory"}]}
    sent = obr.text(24).upper()
    if sent in _SECTIONS:
        return {"coding": [{"system": _SECTION_SYSTEM, "code": sent}]}
    return {"text": "Imaging" if _category(obr) == "imaging" else "Observations"}
