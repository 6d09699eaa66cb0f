"""One investigation (INV with RSL, FTX, STS, RFF and its ranges in S20) to Observation's elements.

Source: NHS EDIFACT MEDRPT NHS003; UN/EDIFACT element 6321 (5 at least, 6 more than, 7 less than, 8 at most). The sender's words are kept
where a value is none.
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.edifact import Delimiters, Segment

from ..draft import Draft
from ..tables import table
from .groups import RANGE_TEXTS, Group
from .words import NAME_WIDTH, TEXT_WIDTH, concept, free_text, joined, quantity, unit

_STATUSES, _DEVIATIONS = table("edifact_statuses"), table("edifact_deviations")
_SIGNIFICANCES = table("edifact_significances")
_ABSENT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown", "display": "Unknown"}]}
_MAPPED = frozenset(("INV", "SEQ", "RSL", "FTX", "STS", "RFF", "GIS", "REL"))


class Result:
    """One INV. lines: the sender's text is laid out in lines (radiology)."""

    def __init__(self, draft: Draft, group: Group, marks: Delimiters, *, lines: bool) -> None:
        self.draft = draft
        self.group = group
        self.marks = marks
        self.lines = lines
        inv = group.segments[0]
        self.place = inv.place
        self.code, self.code_list = inv.text(2), inv.text(2, 2)
        self.name = joined(inv.parts(2)[3:], NAME_WIDTH)
        self.concept = concept(draft, self.code, self.code_list, self.name, "INV-2", "Observation")
        seq = group.first("SEQ")
        self.sequence = seq.text(2) if seq else ""
        self.header, self.specimen = group.reference("ARL"), group.reference("ASL")

    @property
    def label(self) -> str:
        """What names the test: its code, else its words."""
        return self.code or self.name

    def status(self, fallback: str) -> str:
        """STS of the investigation, else of the report."""
        sts = self.group.first("STS")
        return status(self.draft, sts, "result", "Observation") if sts else fallback

    def elements(self, told: dict[str, Any], *, has_members: bool) -> dict[str, Any]:
        """Lay value, interpretation, notes and ranges over what the report says of every result."""
        draft = self.draft
        told["code"] = self.concept
        results = self.group.all("RSL")
        text, notes = self._texts()
        value = self._value(results[0]) if results else {}
        told.update(value)
        for further in results[1:]:
            draft.note("MAP-007", "RSL-2", "Observation")
            notes.insert(0, _as_sent(further))
        if not value and text:
            told["valueString"] = text
        elif text:
            notes.insert(0, text)
        if not value and not text and not has_members:
            told["dataAbsentReason"] = _ABSENT
        meaning = [found for rsl in results if (found := self._deviation(rsl))]
        if meaning:
            told["interpretation"] = meaning[:1]
        if notes:
            told["note"] = [{"text": "\n".join(notes)}]
        ranges = [found for one in self.group.ranges if (found := self._range(one))]
        ranges += [{"text": words} for ftx in self.group.all("FTX") if ftx.text(1) in RANGE_TEXTS and (words := free_text(ftx))]
        if ranges:
            told["referenceRange"] = ranges
        for segment in self.group.segments:
            if segment.name not in _MAPPED:
                draft.note("MAP-017" if segment.name == "DTM" else "MAP-005", segment.name, "Observation")
        return told

    def _texts(self) -> tuple[str, list[str]]:
        """The result in words (FTX+RIT), and the comments."""
        told, notes = [], []
        for ftx in self.group.all("FTX"):
            if ftx.text(1) in RANGE_TEXTS:
                continue
            words = free_text(ftx, lines=self.lines)
            if ftx.text(3):
                self.draft.note("MAP-017", "FTX-3", "Observation")
            if words:
                (told if ftx.text(1) == "RIT" else notes).append(words)
        return "\n".join(told).strip("\n"), notes

    def _value(self, rsl: Segment) -> dict[str, Any]:
        kind = rsl.text(1).upper()
        if kind == "CV" and (rsl.text(2, 3) or rsl.text(2, 6)):
            words = joined(rsl.parts(2)[5:], TEXT_WIDTH)
            found = concept(self.draft, rsl.text(2, 3), rsl.text(2, 4), words, "RSL-2", "Observation")
            return {"valueCodeableConcept": found} if found else {}
        if kind == "NV":
            found = self._number(rsl)
            if found:
                return found
        words = _as_sent(rsl)
        if not words:
            # The sender says that there is a value and gives none.
            self.draft.note("MAP-004", rsl.place, "Observation")
            return {}
        if kind != "AV":
            self.draft.note("MAP-007", "RSL-2", "Observation")
        return {"valueString": words}

    def _number(self, rsl: Segment) -> dict[str, Any] | None:
        """A number with its comparator, or two as a range; None for what is neither."""
        of, significance = unit(rsl, 4), rsl.text(2, 2)
        row = _SIGNIFICANCES.get(significance)
        if significance and (row is None or (not row["comparator"] and row["words"])):
            return None
        first = quantity(rsl.text(2), row["comparator"] if row else "", of, self.marks)
        if not rsl.text(3):
            return {"valueQuantity": first} if first else None
        second = quantity(rsl.text(3), "", of, self.marks)
        if not first or not second or rsl.text(3, 2) or "comparator" in first or "comparator" in second or first["value"] > second["value"]:
            return None
        return {"valueRange": {"low": first, "high": second}}

    def _deviation(self, rsl: Segment) -> dict[str, Any] | None:
        sent = rsl.text(5)
        if not sent:
            return None
        row = _DEVIATIONS.get(sent.upper())
        mine = self.draft.local_coding(sent, "", "result-normalcy")
        if not row:
            self.draft.note("MAP-006", "RSL-5", "Observation")
            return {"coding": [mine], "text": sent}
        return {"coding": [{"system": row["system"], "code": row["code"], "display": row["display"]}, mine], "text": row["words"]}

    def _range(self, group: Group) -> dict[str, Any] | None:
        """S20: RND with low and high, FTX+RPD whom it is for. What is no number stays in words."""
        told: dict[str, Any] = {}
        words = [free_text(ftx) for ftx in group.all("FTX")]
        bounds = group.all("RND")
        for rnd in bounds[:1]:
            of = unit(rnd, 4)
            low, high = (quantity(rnd.text(n), "", of, self.marks) if rnd.text(n) else None for n in (2, 3))
            clean = all(found is not None or not rnd.text(n) for n, found in ((2, low), (3, high)))
            signed = any(found and "comparator" in found for found in (low, high))
            if not clean or signed or (low and high and low["value"] > high["value"]):
                words.insert(0, " to ".join(part for part in (rnd.text(2), rnd.text(3)) if part) + (f" {of['unit']}" if of else ""))
                self.draft.note("MAP-007", "RND-2", "Observation")
            else:
                told |= {name: found for name, found in (("low", low), ("high", high)) if found}
        words.extend(" to ".join(part for part in (rnd.text(2), rnd.text(3)) if part) for rnd in bounds[1:])
        text = "\n".join(word for word in words if word)
        return told | ({"text": text} if text else {}) or None


def status(draft: Draft, sts: Segment | None, column: str, about: str) -> str:
    """STS-2 to the status of a result or of the report; "unknown" when nothing or an unknown code says."""
    sent = sts.text(2).upper() if sts else ""
    row = _STATUSES.get(sent)
    if sent and not row:
        draft.note("MAP-006", "STS-2", about)
    return row[column] if row else "unknown"


def _as_sent(rsl: Segment) -> str:
    """The value as words, with its significance, second value and unit."""
    row = _SIGNIFICANCES.get(rsl.text(2, 2))
    sign = rsl.text(2, 2) if row is None else row["comparator"] or row["words"]
    first = rsl.text(2) or joined(rsl.parts(2)[5:], TEXT_WIDTH) or rsl.text(2, 3)
    second = rsl.text(3)
    shown = unit(rsl, 4).get("unit", "")
    return " ".join(
        part for part in (sign if first else "", first, f"to {second}" if second else "", shown if first or second else "") if part
    )
