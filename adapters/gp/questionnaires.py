"""QuestionnaireResponse to UKCore-QuestionnaireResponse. EMIS sends a filled-in template so: its answers are the Observations it holds."""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource, text

from .concepts import coding, extensions
from .datatypes import attachment, quantity
from .primitives import boolean, choice, date, date_time, decimal, integer, string, uri
from .reading import Reading, listed, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, many, narrative, own, shape

# The deepest form we follow; anything deeper is odd.
_DEEPEST = 20

RULES: Rules = {
    "identifier": ("identifier", identifier),
    "basedOn": ("basedOn", many(reference)),
    "parent": ("partOf", many(reference)),
    "status": ("status", choice("in-progress", "completed", "amended", "entered-in-error", "stopped")),
    "subject": ("subject", of_patient),
    "context": ("encounter", reference),
    "authored": ("authored", date_time),
    "author": ("author", reference),
    "source": ("source", reference),
    "extension": ("extension", extensions),
    **own("questionnaire item"),
    "text": ("text", narrative),
}

_item = shape(
    {
        "linkId": ("linkId", string),
        "definition": ("definition", uri),
        "text": ("text", string),
        "extension": ("extension", extensions),
        **own("answer item subject"),
    }
)
_answer = shape(
    {
        "valueBoolean": ("valueBoolean", boolean),
        "valueDecimal": ("valueDecimal", decimal),
        "valueInteger": ("valueInteger", integer),
        "valueDate": ("valueDate", date),
        "valueDateTime": ("valueDateTime", date_time),
        "valueTime": ("valueTime", string),
        "valueString": ("valueString", string),
        "valueUri": ("valueUri", uri),
        "valueAttachment": ("valueAttachment", attachment),
        "valueCoding": ("valueCoding", coding),
        "valueQuantity": ("valueQuantity", quantity),
        "valueReference": ("valueReference", reference),
        "extension": ("extension", extensions),
        **own("item"),
    },
    strict=True,
)


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """The form asked (an address in R4, a reference in STU3) and its items."""
    if "status" not in out or "subject" not in out:
        raise odd()
    asked = source.get("questionnaire")
    if asked is not None:
        reading.element = "questionnaire"
        if asked.__class__ is not dict:
            raise odd()
        address = text(asked, "reference")
        if "://" in address or address.startswith("urn:"):
            out["questionnaire"] = "%20".join(address.split())
        else:
            reading.note("MAP-014")
    reading.element = "item"
    items = _items(source.get("item"), reading, "", 0)
    reading.element = ""
    if items:
        out["item"] = items


def _items(value: Any, reading: Reading, above: str, depth: int) -> list[Resource]:
    """Items with their answers. R4 asks for a linkId; one that was not sent is the item's place in the form ("2.1")."""
    if value is None:
        return []
    if depth > _DEEPEST:
        raise odd()
    made = []
    for n, sent in enumerate(listed(value), 1):
        if sent is None:
            continue
        if sent.__class__ is not dict:
            raise odd()
        place = f"{above}{n}"
        out: Resource = {"linkId": place, **(_item(sent, reading) or {})}
        subject = reference(sent["subject"], reading) if sent.get("subject") is not None else None
        if subject is not None:
            kept = {
                "url": "http://hl7.org/fhir/3.0/StructureDefinition/extension-QuestionnaireResponse.item.subject",
                "valueReference": subject,
            }
            out.setdefault("extension", []).append(kept)
        answers = _answers(sent.get("answer"), reading, place, depth)
        if answers:
            out["answer"] = answers
        inner = _items(sent.get("item"), reading, f"{place}.", depth + 1)
        if inner:
            out["item"] = inner
        made.append(out)
    return made


def _answers(value: Any, reading: Reading, place: str, depth: int) -> list[Resource]:
    if value is None:
        return []
    made = []
    for sent in listed(value):
        if sent is None:
            continue
        out: Resource = _answer(sent, reading) or {}
        if sum(name.startswith("value") for name in out) > 1:
            raise odd()
        inner = _items(sent.get("item"), reading, f"{place}.", depth + 1) if sent.__class__ is dict else []
        if inner:
            out["item"] = inner
        if out:
            made.append(out)
    return made
