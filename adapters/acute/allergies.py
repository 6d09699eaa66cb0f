"""Allergies (AL1, IAM) to AllergyIntolerances.

Source: HL7 v2.5.1 chapter 3 (AL1, IAM; tables 0127, 0128, 0206). Neither segment has a clinical status: what is listed is current.
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.hl7v2 import Field, Segment
from carehub.terms.codes import SNOMED

from .draft import Draft
from .tables import table

_TYPES, _ABSENCES = table("allergy_types"), table("allergy_absences")
_SEVERITY = {"SV": "severe", "MO": "moderate", "MI": "mild"}
_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
# Table 0438, IAM-17. Pending has no counterpart but unconfirmed.
_CERTAINTY = {"U": "unconfirmed", "P": "unconfirmed", "S": "unconfirmed", "C": "confirmed", "E": "entered-in-error"}

# All that a hospital holds on what somebody must not have.
_LIST = "allergies"
_AL1 = frozenset((1, 2, 3, 4, 5, 6))
_IAM = frozenset((1, 2, 3, 4, 5, 6, 7, 11, 13, 17))


def tell(draft: Draft) -> None:
    """Put every AL1 and IAM of the message into the draft; one without a substance is noted (MAP-004)."""
    for al1 in draft.message.all("AL1"):
        told = _allergy(draft, al1)
        if told is not None:
            recorded = draft.time(al1, 6, "AllergyIntolerance")
            if recorded:
                told["recordedDate"] = recorded
            draft.left_out(al1, _AL1, "AllergyIntolerance")
            draft.add("AllergyIntolerance", _name(al1.first(3)), told, at=al1.place, scope=_LIST)
    for iam in draft.message.all("IAM"):
        told = _allergy(draft, iam)
        if told is not None:
            _from_iam(draft, iam, told)
            draft.left_out(iam, _IAM, "AllergyIntolerance")
            draft.add("AllergyIntolerance", iam.text(7) or _name(iam.first(3)), told, at=iam.place, scope=_LIST)


def whole_list(draft: Draft) -> None:
    """A60 tells the whole list, unless an IAM has an action code (IAM-6) and so speaks of itself only, or the list is empty: that is not taken
    for no allergies (MAP-040). No other event is taken for the whole list.
    """
    listed = [*draft.message.all("AL1"), *draft.message.all("IAM")]
    if not listed:
        draft.note("MAP-040", "AL1", "AllergyIntolerance")
    elif not any(iam.text(6) for iam in draft.message.all("IAM")):
        draft.closes.append(_LIST)


def _name(field: Field) -> str:
    return field.text(1) or field.text(2)


def _allergy(draft: Draft, segment: Segment) -> dict[str, Any] | None:
    about = "AllergyIntolerance"
    field = segment.first(3)
    absence = _ABSENCES.get(field.text(1).upper()) or _ABSENCES.get(field.text(2).upper())
    if absence:
        code: dict[str, Any] | None = {
            "coding": [{"system": SNOMED, "code": absence["code"], "display": absence["display"]}],
            "text": field.text(2) or field.text(1),
        }
    else:
        code = draft.concept(field, f"{segment.name}-3", about)
    if code is None:
        draft.note("MAP-004", segment.place, about)
        return None
    told: dict[str, Any] = {
        "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "active"}]},
        "code": code,
        "patient": draft.subject,
    }
    notes = [] if absence else _kind(draft, segment, told)
    _reaction(segment, told, notes)
    if notes:
        told["note"] = [{"text": text} for text in notes]
    return told


def _kind(draft: Draft, segment: Segment, told: dict[str, Any]) -> list[str]:
    sent = segment.text(2)
    if not sent:
        return []
    row = _TYPES.get(sent.upper())
    if not row:
        draft.note("MAP-006", f"{segment.name}-2", "AllergyIntolerance")
        return [f"Type as sent: {segment.text(2, 2) or sent}"]
    if row["type"]:
        told["type"] = row["type"]
    if row["category"]:
        told["category"] = [row["category"]]
    return [row["words"]] if row["words"] else []


def _reaction(segment: Segment, told: dict[str, Any], notes: list[str]) -> None:
    """AL1-5 and AL1-4. FHIR has a severity only of a reaction; of an allergy without one it goes into a note."""
    seen = [{"text": words} for field in segment.repeats(5) if (words := field.text(2) or field.text(1))]
    sent = segment.text(4)
    severity = _SEVERITY.get(sent.upper(), "")
    if seen:
        reaction: dict[str, Any] = {"manifestation": seen}
        if severity:
            reaction["severity"] = severity
        told["reaction"] = [reaction]
    elif severity:
        notes.append(f"Severity: {severity}")
    if sent and not severity and sent.upper() != "U":
        notes.append(f"Severity as sent: {segment.text(4, 2) or sent}")


def _from_iam(draft: Draft, iam: Segment, told: dict[str, Any]) -> None:
    onset = draft.time(iam, 11, "AllergyIntolerance")
    if onset:
        told["onsetDateTime"] = onset
    recorded = draft.time(iam, 13, "AllergyIntolerance")
    if recorded:
        told["recordedDate"] = recorded
    sent = iam.text(17).upper()
    certainty = "entered-in-error" if iam.text(6).upper() == "D" else _CERTAINTY.get(sent, "")
    if certainty:
        told["verificationStatus"] = {"coding": [{"system": _VERIFICATION, "code": certainty}]}
    elif sent == "I":
        told["clinicalStatus"] = {"coding": [{"system": _CLINICAL, "code": "inactive"}]}
    elif sent:
        draft.note("MAP-006", "IAM-17", "AllergyIntolerance")
    if certainty == "entered-in-error":
        # R4 rule ait-2: a mistaken entry has no clinical status.
        told.pop("clinicalStatus")
