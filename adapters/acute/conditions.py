"""Diagnoses (DG1) to Conditions of the visit.

Source: HL7 v2.5.1 chapter 6 (DG1; tables 0052, 0206). A diagnosis of a visit has no clinical status, and none is made up.
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.hl7v2 import Segment

from . import labels, people
from .draft import Draft

_CATEGORY = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/condition-category",
            "code": "encounter-diagnosis",
            "display": "Encounter Diagnosis",
        }
    ]
}
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CERTAINTY = {"A": "provisional", "W": "provisional", "F": "confirmed"}
_MAY_GO = ("encounter", "verificationStatus", "recordedDate", "asserter")
_DG1 = frozenset((1, 2, 3, 4, 5, 6, 16, 18, 20, 21))


def tell(draft: Draft, encounter: str, scope: str) -> None:
    """Put every DG1 of the message into the draft; one without a code or words is noted (MAP-004).

    encounter: "Encounter/id" of the visit, or "". scope: the list of what belongs to the visit. The same diagnosis as admitting and as final
    is one diagnosis, and the final one is told.
    """
    for dg1 in sorted(draft.message.all("DG1"), key=lambda each: each.text(6).upper() != "F"):
        local = _local(encounter, dg1)
        if draft.has("Condition", local) and dg1.text(6).upper() in ("A", "W"):
            continue
        code = _code(draft, dg1)
        if code is None:
            draft.note("MAP-004", dg1.place, "Condition")
            continue
        told: dict[str, Any] = {"category": [_CATEGORY], "code": code, "subject": draft.subject}
        if encounter:
            told["encounter"] = {"reference": encounter}
        certainty = "entered-in-error" if dg1.text(21).upper() == "D" else _CERTAINTY.get(dg1.text(6).upper(), "")
        if certainty:
            told["verificationStatus"] = {"coding": [{"system": _VERIFICATION, "code": certainty}]}
        elif dg1.text(6):
            draft.note("MAP-006", "DG1-6", "Condition")
        # When the diagnosis was made, which says nothing of when the illness began.
        made = draft.time(dg1, 5, "Condition")
        if made:
            told["recordedDate"] = made
        clinician = people.practitioner(draft, dg1.first(16), "DG1-16")
        if clinician:
            told["asserter"] = {"reference": clinician}
        draft.left_out(dg1, _DG1, "Condition")
        # A diagnosis is told whole. It is an update all the same, so that one sent without DG1-18 keeps its label.
        clears = [element for element in _MAY_GO if element not in told]
        protected = labels.yes_or_no(draft, dg1, 18, "Condition", clears)
        draft.add("Condition", local, told, at=dg1.place, change="update", clears=tuple(clears), scope=scope, labels=protected)


def _code(draft: Draft, dg1: Segment) -> dict[str, Any] | None:
    field, words = dg1.first(3), dg1.first(4).whole()
    concept = draft.concept(field, "DG1-3", "Condition")
    if concept is None:
        return {"text": words} if words else None
    if words and not field.text(2) and not field.text(9):
        concept["text"] = words
    return concept


def _local(encounter: str, dg1: Segment) -> str:
    """DG1-20 where there is one; else the diagnosis within its visit, so that the same one sent again is the same record."""
    named = dg1.text(20)
    return named or "|".join((encounter, dg1.text(3), "" if dg1.text(3) else dg1.text(3, 2) or dg1.text(4)))
