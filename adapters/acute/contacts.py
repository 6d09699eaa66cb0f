"""The people close to the patient (NK1) to RelatedPersons.

Source: HL7 v2.5.1 chapter 3 (NK1; tables 0063 and 0131).
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.hl7v2 import Field, Segment

from . import people
from .draft import Draft
from .patient import SEXES
from .tables import table
from .timing import day

_ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_CONTACT_ROLE = "http://terminology.hl7.org/CodeSystem/v2-0131"
_RELATIONSHIPS = table("relationships")
_NK1 = frozenset((1, 2, 3, 4, 5, 6, 7, 15, 16))


def tell(draft: Draft) -> None:
    """Put every NK1 of the message into the draft; one that names nobody is noted (MAP-004)."""
    for number, segment in enumerate(draft.message.all("NK1"), 1):
        _next_of_kin(draft, segment, number)


def _next_of_kin(draft: Draft, nk1: Segment, number: int) -> None:
    """One NK1 to a RelatedPerson named by its place in the list: the segment has no id of its own."""
    named = [found for field in nk1.repeats(2) if (found := people.name(field))]
    if not named:
        draft.note("MAP-004", nk1.place, "RelatedPerson")
        return
    told: dict[str, Any] = {"patient": draft.subject, "name": named}
    relations = [
        concept
        for field_number, codes in ((3, _ROLE), (7, _CONTACT_ROLE))
        if (concept := _relation(draft, nk1.first(field_number), field_number, codes))
    ]
    if relations:
        told["relationship"] = relations
    places = [place for field in nk1.repeats(4) if (place := people.address(field))]
    if places:
        told["address"] = places
    reached = [point for field in nk1.repeats(5) if (point := people.telecom(field, "home"))]
    reached += [point for field in nk1.repeats(6) if (point := people.telecom(field, "work"))]
    if reached:
        told["telecom"] = reached
    if row := SEXES.get(nk1.text(15).upper()):
        told["gender"] = row["gender"]
    born = day(nk1.text(16)) if nk1.text(16) else ""
    if born:
        told["birthDate"] = born
    draft.left_out(nk1, _NK1, "RelatedPerson")
    draft.add("RelatedPerson", f"nk1|{number}", told, at=nk1.place)


def _relation(draft: Draft, field: Field, number: int, system: str) -> dict[str, Any] | None:
    code, words = field.text(1), field.text(2)
    row = _RELATIONSHIPS.get(code.upper())
    if row:
        return {"coding": [{"system": _CONTACT_ROLE if row["code"] == "N" else system, "code": row["code"]}], "text": words or row["words"]}
    if number == 7 and code.upper() in ("C", "N", "E", "F", "U"):
        return {"coding": [{"system": system, "code": code.upper()}], "text": words or code}
    return draft.concept(field, f"NK1-{number}", "RelatedPerson")
