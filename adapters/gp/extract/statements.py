"""Observation, narrative, plan and request statements to their STU3 resources."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from carehub.fhir.resource import Resource

from .concepts import concept, measured, qualifiers, quantity
from .notebook import Notebook, Setting, agent, labels, plain
from .v3 import XSI_TYPE, attribute, child, children, identity, said, span, when, words

_SNOMED = "http://snomed.info/sct"
COMMENT = {"coding": [{"system": _SNOMED, "code": "37331000000100", "display": "Comment note"}]}
_PRIORITY = {"394848005": "routine", "394849002": "urgent", "88694003": "asap"}


def remarks_on(element: Element) -> list[str]:
    """The notes on a statement, in their order."""
    return [said for one in children(element, "pertinentInformation", "pertinentAnnotation") if (said := words(one, "text"))]


def timed(element: Element) -> dict[str, Any]:
    """When it was so: effectiveTime's centre or span, else availabilityTime."""
    centre = when(element, "effectiveTime", "center")
    if centre:
        return {"effectiveDateTime": centre}
    both = span(element)
    if "end" in both:
        return {"effectivePeriod": both}
    return said(effectiveDateTime=both.get("start", "") or when(element, "availabilityTime"))


def written(element: Element, setting: Setting) -> str:
    """When it was written down: by its own author, else by the composition's."""
    return when(element, "author", "time") or setting.written


def performer(element: Element, setting: Setting, book: Notebook) -> dict[str, str]:
    """Who did or said it: of the statement, else of the composition."""
    return book.person(agent(element, "Participant", "author") or setting.performer or setting.recorder)


def _value(element: Element) -> dict[str, Any]:
    """value[x] by its type; one of a type we do not know is kept as words."""
    value = child(element, "value")
    if value is None:
        return {}
    kind = (value.get(XSI_TYPE) or "").rpartition(":")[2]
    if kind == "PQ":
        return said(valueQuantity=quantity(value))
    if kind == "IVL_PQ":
        return measured(value)
    if kind in ("CD", "CV", "CE", "CS"):
        return said(valueCodeableConcept=concept(value))
    return said(valueString=words(value) or attribute(value, "value"))


def _ranges(element: Element) -> list[Resource]:
    """Reference ranges: both ends where they are numbers, and the laboratory's words."""
    found = []
    for one in children(element, "referenceRange", "referenceInterpretationRange"):
        value = child(one, "value")
        ends = {"low": quantity(child(value, "low")), "high": quantity(child(value, "high"))}
        made = {end: got for end, got in ends.items() if got} | said(text=words(one, "text"))
        if made:
            found.append(made)
    return found


def observation(element: Element, setting: Setting, book: Notebook, place: str, related: list[Resource] | None = None) -> str:
    """A statement with a code, and maybe a value. What qualifies it and whom else it is about goes into the comment: they change the meaning."""
    plain(element)
    code = child(element, "code")
    about = [
        words(one, "originalText") or attribute(one, "displayName") for one in children(element, "subject", "personalRelationship", "code")
    ]
    value = _value(element)
    stated = [words(element, "text"), _urgency(element)]
    remarks = [*(f"Subject: {whom}" for whom in about if whom), *filter(None, stated), *remarks_on(element), *qualifiers(code)]
    return book.add(
        place,
        "Observation",
        identity(element),
        labels(element, setting.labels),
        status="final",
        code=concept(code),
        context=_encounter(setting),
        **timed(element),
        issued=written(element, setting),
        performer=[who] if (who := performer(element, setting, book)) else [],
        interpretation=concept(child(element, "interpretationCode")),
        referenceRange=_ranges(element),
        comment="\n".join(remarks),
        related=related or [],
        **value,
    )


def header(element: Element, setting: Setting, book: Notebook, place: str, members: list[str]) -> str:
    """A battery or cluster: the heading over results, with its members; a heading without a code is a comment note."""
    plain(element)
    code = child(element, "code")
    return book.add(
        place,
        "Observation",
        identity(element),
        labels(element, setting.labels),
        status="final",
        code=concept(code) or COMMENT,
        context=_encounter(setting),
        **timed(element),
        issued=written(element, setting),
        performer=[who] if (who := performer(element, setting, book)) else [],
        comment="\n".join([*remarks_on(element), *qualifiers(code)]),
        related=[{"type": "has-member", "target": {"reference": one}} for one in members],
    )


def narrative(element: Element, setting: Setting, book: Notebook, place: str, related: list[Resource] | None = None) -> str:
    """Words alone are an Observation that is a comment note; words about a file are a DocumentReference."""
    plain(element)
    document = child(element, "reference", "referredToExternalDocument")
    if document is not None:
        return _document(element, document, setting, book, place)
    return book.add(
        place,
        "Observation",
        identity(element),
        labels(element, setting.labels),
        status="final",
        code=COMMENT,
        context=_encounter(setting),
        **timed(element),
        issued=written(element, setting),
        performer=[who] if (who := performer(element, setting, book)) else [],
        comment=words(element, "text"),
        related=related or [],
    )


def _document(element: Element, document: Element, setting: Setting, book: Notebook, place: str) -> str:
    file = child(document, "text")
    attachment = said(
        contentType=attribute(file, "mediaType"),
        url=attribute(file, "value", "reference"),
        title=words(file) or attribute(file, "value", "reference").rpartition("/")[2],
    )
    return book.add(
        place,
        "DocumentReference",
        identity(element),
        labels(element, setting.labels),
        status="current",
        type=concept(child(document, "code")),
        created=when(element, "availabilityTime"),
        indexed=written(element, setting),
        author=[who] if (who := performer(element, setting, book)) else [],
        description=words(element, "text"),
        content=[{"attachment": attachment}],
        context=said(encounter=_encounter(setting)),
    )


def plan(element: Element, setting: Setting, book: Notebook, place: str) -> str:
    """A diary entry: what is due, and when. Its status is not told."""
    plain(element)
    code = child(element, "code")
    due = when(element, "effectiveTime", "center") or when(element, "effectiveTime", "low")
    notes = [words(element, "text"), *remarks_on(element), *qualifiers(code)]
    return book.add(
        place,
        "ProcedureRequest",
        identity(element),
        labels(element, setting.labels),
        status="unknown",
        intent="plan",
        code=concept(code),
        context=_encounter(setting),
        occurrenceDateTime=due,
        authoredOn=when(element, "availabilityTime"),
        requester=said(agent=performer(element, setting, book)),
        note=[{"text": one} for one in notes if one],
    )


def request(element: Element, setting: Setting, book: Notebook, place: str) -> str:
    """A referral. One that the person made is no request of the practice: it is an Observation, as published translations have it."""
    plain(element)
    code = child(element, "code")
    asked = next(
        (attribute(one, "code", "value") for one in children(code, "qualifier") if attribute(one, "code", "name") == "RequestType"), ""
    )
    if asked == "SelfReferral":
        return observation(element, setting, book, place)
    notes = [_urgency(element), words(element, "text"), *remarks_on(element), *qualifiers(code)]
    recipient = book.person(agent(element, "responsibleParty"))
    return book.add(
        place,
        "ReferralRequest",
        identity(element),
        labels(element, setting.labels),
        status="unknown",
        intent="order",
        priority=_PRIORITY.get(attribute(element, "code", "priorityCode"), ""),
        context=_encounter(setting),
        authoredOn=when(element, "availabilityTime"),
        requester=said(agent=performer(element, setting, book)),
        recipient=[recipient] if recipient else [],
        reasonCode=[coded] if (coded := concept(code)) else [],
        note=[{"text": one} for one in notes if one],
    )


def _urgency(element: Element) -> str:
    """ "Priority: Two week wait", in the words the user chose."""
    code = child(element, "priorityCode")
    stated = words(code, "originalText") or attribute(code, "displayName")
    return f"Priority: {stated}" if stated else ""


def allergy(element: Element, setting: Setting, book: Notebook, place: str, drug: bool) -> str:
    """An allergy, by the heading it stands under. Only drug allergies are told apart: for others the category is left open.

    The allergen of a drug allergy may be told as the statement's value: it is kept beside the code, and in words where it says something else.
    """
    plain(element)
    code = child(element, "code")
    named = concept(code) or {}
    told = _value(element)
    allergen = told.get("valueCodeableConcept")
    notes = [*remarks_on(element), *qualifiers(code)]
    if allergen is None and told:
        notes.append(f"Value: {told.get('valueString') or told.get('valueQuantity', {}).get('value', '')}")
    if allergen is not None:
        named["coding"] = [*named.get("coding", []), *allergen.get("coding", [])]
        if allergen.get("text") and allergen["text"] != named.get("text"):
            named["text"] = f"{named.get('text', '')}: {allergen['text']}".lstrip(": ")
    who = performer(element, setting, book)
    began = timed(element)
    return book.add(
        place,
        "AllergyIntolerance",
        identity(element),
        labels(element, setting.labels),
        clinicalStatus="active",
        verificationStatus="unconfirmed",
        category=["medication"] if drug else [],
        code=named,
        onsetDateTime=began.get("effectiveDateTime", ""),
        onsetPeriod=began.get("effectivePeriod", {}),
        assertedDate=when(element, "availabilityTime"),
        recorder=book.person(setting.recorder),
        asserter=who,
        note=[{"text": one} for one in notes],
        extension=_met(setting),
    )


def _met(setting: Setting) -> list[Resource]:
    """STU3 allergies have no context; GP Connect keeps the encounter in an extension."""
    if not setting.encounter:
        return []
    url = "http://hl7.org/fhir/StructureDefinition/encounter-associatedEncounter"
    return [{"url": url, "valueReference": {"reference": f"Encounter/{setting.encounter}"}}]


def _encounter(setting: Setting) -> dict[str, str]:
    return {"reference": f"Encounter/{setting.encounter}"} if setting.encounter else {}
