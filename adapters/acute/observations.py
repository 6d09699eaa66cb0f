"""One OBX to an Observation: its status, code, value, range and notes.

Source: HL7 v2.5.1 chapter 7 (OBX; tables 0078 and 0085); UKCore-Observation-Lab (category laboratory is required).
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.hl7v2 import Segment
from carehub.feeds.mapped import Change

from .draft import Draft
from .source import as_reference
from .values import TEXT_TYPES, reference_range, value

_STATUS = {"P": "preliminary", "R": "preliminary", "S": "preliminary", "F": "final", "U": "final", "C": "corrected"}
_STATUS |= {"D": "entered-in-error", "W": "entered-in-error", "X": "cancelled", "N": "cancelled", "I": "registered", "O": "registered"}
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_MEANINGS = frozenset(("L", "H", "LL", "HH", "<", ">", "N", "A", "AA", "U", "D", "B", "W", "S", "R", "I", "POS", "NEG", "IND"))
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_NAMES = {"laboratory": "Laboratory", "imaging": "Imaging", "vital-signs": "Vital Signs"}
_ABSENT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown", "display": "Unknown"}]}
_UNSUPPORTED = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unsupported"}]}
_OBX = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 11, 14))


class Result:
    """One OBX, or several lines of text that make one result. notes: the NTE that follow."""

    def __init__(self, draft: Draft, obx: Segment) -> None:
        self.draft = draft
        self.obx = obx
        self.place = obx.place
        self.notes: list[str] = []
        self._more: list[str] = []

    @property
    def change(self) -> Change:
        """A "U" says only that a result told before is now final, so it changes that and nothing else."""
        return "update" if self.obx.text(11).upper() == "U" else "snapshot"

    def goes_on(self, obx: Segment) -> bool:
        """Take in another OBX where both are lines of text with the same status; False where it is a result of its own."""
        if {obx.text(2).upper(), self.obx.text(2).upper()} <= TEXT_TYPES and obx.text(11) == self.obx.text(11):
            self._more.extend(field.whole() for field in obx.repeats(5))
            self.draft.left_out(obx, _OBX, "Observation")
            return True
        return False

    def elements(self, category: str, *, fallback_time: str, fallback_status: str) -> dict[str, Any]:
        """The Observation's elements. fallback_time: OBR-7, for an OBX without a time. fallback_status: of the report, where OBX-11 is empty."""
        draft, obx = self.draft, self.obx
        told: dict[str, Any] = {
            "status": self._status(fallback_status),
            "category": [{"coding": [{"system": _CATEGORY, "code": category, "display": _NAMES[category]}]}],
            "code": draft.concept(obx.first(3), "OBX-3", "Observation"),
            "subject": draft.subject,
        }
        if draft.encounter:
            told["encounter"] = {"reference": draft.encounter}
        when = draft.time(obx, 14, "Observation") or fallback_time
        if when:
            told["effectiveDateTime"] = when
        told["performer"] = [as_reference(draft.source)]
        self._value(told)
        meaning = self._interpretation()
        if meaning:
            told["interpretation"] = meaning
        usual = reference_range(obx)
        if usual:
            told["referenceRange"] = [usual]
        if self.notes:
            told["note"] = [{"text": note} for note in self.notes]
        draft.left_out(obx, _OBX, "Observation")
        return told

    def _value(self, told: dict[str, Any]) -> None:
        found = value(self.draft, self.obx)
        if self._more:
            lines = [str(found.get("valueString", "")), *self._more]
            found = {"valueString": "\n".join(line for line in lines if line)} if any(lines) else {}
        if found:
            told.update(found)
        elif self.obx.text(2).upper() in ("ED", "RP") and self.obx.raw(5):
            told["dataAbsentReason"] = _UNSUPPORTED
        elif self.change == "snapshot":
            told["dataAbsentReason"] = _ABSENT

    def _status(self, fallback: str) -> str:
        sent = self.obx.text(11).upper()
        if not sent:
            return "preliminary" if fallback == "partial" else fallback
        if sent not in _STATUS:
            self.draft.note("MAP-006", "OBX-11", "Observation")
        return _STATUS.get(sent, "unknown")

    def _interpretation(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for field in self.obx.repeats(8):
            sent = field.text(1)
            if sent.upper() in _MEANINGS:
                found.append({"coding": [{"system": _INTERPRETATION, "code": sent.upper()}]})
            elif sent:
                self.draft.note("MAP-006", "OBX-8", "Observation")
                found.append({"text": field.text(2) or sent})
        return found
