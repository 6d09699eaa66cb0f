"""The report (S02) with its request (S10), its specimens and its results, groups of results over their members."""

from __future__ import annotations

from typing import Any

from carehub.terms.codes import SNOMED
from carehub.terms.moments import instant, iso

from ..draft import Draft
from ..source import address
from ..tables import table
from . import parties, specimens
from .groups import Report
from .results import Result, status
from .words import free_text, time

_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_SECTION = "http://terminology.hl7.org/CodeSystem/v2-0074"
_LAB = {"coding": [{"system": _SECTION, "code": "LAB", "display": "Laboratory"}]}
_RAD = {"coding": [{"system": _SECTION, "code": "RAD", "display": "Radiology"}], "text": "Imaging"}
_REPORT = {"system": SNOMED, "code": "721981007", "display": "Diagnostic studies report"}
_TEST = {"system": SNOMED, "code": "15220000", "display": "Laboratory test (procedure)"}
_IMAGING_TEST = {"system": SNOMED, "code": "363679005", "display": "Imaging"}
_NOTE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.note"
_FILLER = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "FILL"}]}
_IMAGING_NAMES = frozenset(name for name, row in table("report_names").items() if row["category"] == "imaging")
_SHOWN = 6


class _Telling:
    """One report on its way into the draft."""

    def __init__(self, draft: Draft, report: Report) -> None:
        self.draft = draft
        self.report = report
        self.radiology = report.message.kind.startswith("NHSRSR")
        self.head = report.one("S02")
        control = report.message.interchange.text(5) if report.message.interchange else ""
        self.number = self.head.reference("SRI") or f"message|{control}|{report.message.header.text(1)}"
        marks = report.message.delimiters
        self.results = [Result(draft, group, marks, lines=self.radiology) for group in report.named("INV")]
        self.imaging = self.radiology or self._names_images()
        found = parties.parties(report, draft)
        if parties.of(found, parties.TOLD, parties.PERSON) or parties.of(found, parties.TOLD, parties.ORGANISATION):
            draft.note("MAP-014", "NAD-2", "NAD")
        self.requester = parties.requester(draft, found)
        self.performers = parties.performers(draft, found)
        self.reporters = parties.reporters(draft, found)
        self.issued = self._issued()
        self.order = ""

    def _names_images(self) -> bool:
        """A laboratory message of the older version also carries X-rays: all its tests are named as such."""
        if not self.report.message.kind.endswith("NHS002") or not self.results:
            return False
        return all({"IMAGING", *_IMAGING_NAMES} & set(result.name.upper().split()) for result in self.results)

    def _issued(self) -> str:
        when = instant(time(self.draft, self.head.first("DTM", "ISR"), "DiagnosticReport"))
        return iso(when) if when else ""

    def tell(self) -> None:
        draft, head = self.draft, self.head
        taken = specimens.tell(draft, self.report, self.number)
        self.order = self._request([one.reference for one in taken.values()])
        references = self._results(taken)
        report: dict[str, Any] = {
            "identifier": [{"type": _FILLER, "system": address(draft.source, "service-report"), "value": self.number}],
            "basedOn": [{"reference": self.order}],
            "status": self._status(),
            "category": [_RAD if self.imaging else _LAB],
            "code": {"coding": [_REPORT], "text": self._title()},
            "subject": draft.subject,
        }
        times = {one.collected for one in taken.values()}
        if len(times) == 1 and (collected := times.pop()):
            report["effectiveDateTime"] = collected
        if self.issued:
            report["issued"] = self.issued
        if self.performers:
            report["performer"] = self.performers
        if self.reporters:
            report["resultsInterpreter"] = self.reporters
        if taken:
            report["specimen"] = [{"reference": one.reference} for one in taken.values()]
        if references:
            report["result"] = [{"reference": reference} for reference in references]
        notes = [words for ftx in head.all("FTX") if (words := free_text(ftx, lines=self.radiology))]
        if notes:
            report["extension"] = [{"url": _NOTE, "valueAnnotation": {"text": "\n".join(notes)}}]
        report["identifier"] += self._further_numbers()
        draft.add("DiagnosticReport", self.number, report, at="S02", profile="DiagnosticReport" if self.imaging else "DiagnosticReport-Lab")
        self._left_out()

    def _status(self) -> str:
        found = self.head.first("STS")
        if not found and self.radiology and self.results:
            found = self.results[0].group.first("STS")
        return status(self.draft, found, "report", "DiagnosticReport")

    def _title(self) -> str:
        """The tests that were asked for: groups and single tests by their words, not the members of groups."""
        headers = {result.sequence for result in self.results if result.sequence}
        named = dict.fromkeys(result.name or result.code for result in self.results if result.header not in headers)
        shown = [name for name in named if name]
        more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
        return ", ".join(shown[:_SHOWN]) + more or _REPORT["display"]

    def _further_numbers(self) -> list[dict[str, Any]]:
        return [
            {"system": address(self.draft.source, "id", one.text(1) or "report"), "value": one.text(1, 2)}
            for one in self.head.all("RFF")
            if one.text(1) != "SRI" and one.text(1, 2)
        ]

    def _request(self, taken: list[str]) -> str:
        """What was asked, and what the asker said of the patient (S10: FTX+CID). Whether more is to come of it nobody says."""
        words = [told for group in self.report.named("S10") for ftx in group.all("FTX") if (told := free_text(ftx, lines=self.radiology))]
        order: dict[str, Any] = {
            "status": "unknown",
            "intent": "order",
            "code": {"coding": [_IMAGING_TEST if self.imaging else _TEST], "text": self._title()},
            "subject": self.draft.subject,
        }
        if self.requester:
            order["requester"] = self.requester
        if self.performers:
            order["performer"] = self.performers
        if taken:
            order["specimen"] = [{"reference": reference} for reference in taken]
        if words:
            order["note"] = [{"text": "\n".join(words)}]
        profile = "ServiceRequest" if self.imaging else "ServiceRequest-Lab"
        return self.draft.add("ServiceRequest", self.number, order, at="S10", profile=profile)

    def _results(self, taken: dict[str, specimens.Told]) -> list[str]:
        """The results in order. A group goes in after its members, whose names it needs, and stands where it stood."""
        headers: dict[str, Result] = {}
        for result in self.results:
            if result.sequence and result.concept:
                headers.setdefault(result.sequence, result)
        members: dict[str, list[dict[str, str]]] = {}
        placed: dict[int, str] = {}
        fallback = status(self.draft, self.head.first("STS"), "result", "Observation")
        for second in (False, True):
            for position, result in enumerate(self.results):
                leads = bool(result.sequence) and headers.get(result.sequence) is result and not result.header
                if leads is not second or not self._sayable(result):
                    continue
                header = headers.get(result.header) if result.header != result.sequence else None
                if result.header and header is None:
                    self.draft.note("MAP-008", "RFF-1", "Observation")
                under = members.get(result.sequence, []) if leads else []
                placed[position] = self._result(result, header, under, taken, fallback)
                if header:
                    members.setdefault(header.sequence, []).append({"reference": placed[position]})
        return [placed[position] for position in sorted(placed)]

    def _sayable(self, result: Result) -> bool:
        if result.concept is None:
            self.draft.note("MAP-004", result.place, "Observation")
        return result.concept is not None

    def _result(
        self, result: Result, header: Result | None, members: list[dict[str, str]], taken: dict[str, specimens.Told], fallback: str
    ) -> str:
        draft = self.draft
        kind, words = ("imaging", "Imaging") if self.imaging else ("laboratory", "Laboratory")
        told: dict[str, Any] = {
            "basedOn": [{"reference": self.order}],
            "status": result.status(fallback),
            "category": [{"coding": [{"system": _CATEGORY, "code": kind, "display": words}]}],
            "subject": draft.subject,
        }
        link = result.specimen or (header.specimen if header else "")
        specimen = taken.get(link)
        if link and specimen is None:
            draft.note("MAP-008", "RFF-1", "Observation")
        if specimen and specimen.collected:
            told["effectiveDateTime"] = specimen.collected
        if self.issued:
            told["issued"] = self.issued
        if self.performers:
            told["performer"] = self.performers
        if specimen:
            told["specimen"] = {"reference": specimen.reference}
        result.elements(told, has_members=bool(members))
        if members:
            told["hasMember"] = members
        base = "|".join((self.number, header.label if header else "", result.label))
        local, number = base, 2
        while draft.has("Observation", local):
            local, number = f"{base}|#{number}", number + 1
        group = "Observation-Group-Lab" if members and "valueQuantity" not in told else "Observation-Lab"
        return draft.add("Observation", local, told, at=result.place, profile="Observation" if self.imaging else group)

    def _left_out(self) -> None:
        """Say what of the report, the request and the message's own head is not mapped."""
        mapped = {
            "S00": ("BGM", "DTM"),
            "S01": (),
            "S02": ("RFF", "STS", "GIS", "FTX"),
            "S10": ("FTX", "CIN"),
            "NAD": ("NAD", "RFF", "SPR", "SEQ"),
        }
        for group in self.report.groups:
            if group.name in ("S05", "S06", "S07", "S16", "INV"):
                continue
            known = mapped.get(group.name, ())
            for segment in group.segments:
                if (segment.name == "DTM" and segment.text(1) == "ISR") or segment.name in known:
                    continue
                self.draft.note("MAP-017" if segment.name == "DTM" else "MAP-005", segment.name, segment.name)
        for segment in self.report.message.segments:
            if segment.name == "GIS" and segment.text(1) not in ("", "N"):
                self.draft.note("MAP-006", "GIS-1", "DiagnosticReport")
        if len(self.report.named("S02")) > 1:
            self.draft.note("MAP-004", "S02[2]", "DiagnosticReport")


def tell(draft: Draft, report: Report) -> None:
    """Put the report, its request, specimens and results into the draft."""
    _Telling(draft, report).tell()
