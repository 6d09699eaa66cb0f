"""LinkSets: a problem, the entry that names it, and what is linked to it, to an STU3 problem header."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from carehub.fhir.resource import Resource

from ..reading import odd
from .concepts import concept, qualifiers
from .consultations import Topics
from .notebook import Notebook, Setting, labels, plain
from .statements import remarks_on
from .v3 import attribute, child, children, identity, name, when, words

_CARECONNECT = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-"
_UNSPECIFIED = "394776006"
_STATUS = {"394774009": "active", "394775005": "inactive"}
_CATEGORY = {
    "coding": [
        {
            "system": "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-ConditionCategory-1",
            "code": "problem-list-item",
            "display": "Problem List Item",
        }
    ]
}


def problem(link: Element, setting: Setting, book: Notebook, place: str) -> str:
    """A LinkSet as a Condition. Raises Unmappable when nothing says what the problem is.

    It says what the entry that names it says, so it takes on that entry's labels. A status or significance the source does not tell is not
    made up: its own words ("Health Administration") are a note.
    """
    plain(link)
    code = child(link, "code")
    stated = words(code, "originalText")
    act = book.acts.get(identity(link, "conditionNamed", "namedStatementRef"))
    named = concept(child(act, "code")) if act is not None else None
    if act is None or named is None:
        raise odd()
    if name(act) == "RequestStatement" and attribute(code, "code") == _UNSPECIFIED:
        return _beside_referral(link, identity(act), book)
    actual = book.target(identity(act))
    notes = [*remarks_on(act), stated, *remarks_on(link)]
    onset = when(link, "effectiveTime", "low") or when(link, "effectiveTime", "center")
    return book.add(
        place,
        "Condition",
        identity(link),
        labels(link, (*setting.labels, *(one for one in book.labelled.get(identity(act), ()) if one not in setting.labels))),
        extension=[
            *([_code("ProblemSignificance-1", weight)] if (weight := _significance(code, stated)) else []),
            *([_link("ActualProblem-1", actual)] if actual else []),
            *_linked(link, book),
        ],
        clinicalStatus=_STATUS.get(attribute(code, "code"), ""),
        category=[_CATEGORY],
        code=named,
        context={"reference": f"Encounter/{setting.encounter}"} if setting.encounter else {},
        onsetDateTime=onset,
        abatementDateTime=when(link, "effectiveTime", "high"),
        assertedDate=when(link, "availabilityTime") or setting.written,
        asserter=book.person(setting.performer or setting.recorder),
        note=[{"text": one} for one in notes if one],
    )


def _beside_referral(link: Element, referral: str, book: Notebook) -> str:
    """ "Unspecified problem" around a referral is no problem: it links letters and results to the referral."""
    made = book.made.get(f"ReferralRequest/{referral}")
    targets = [target for ref in children(link, "component", "statementRef") if (target := book.target(identity(ref)))]
    if made is not None and targets:
        made.setdefault("supportingInfo", []).extend(targets)
    return book.known.get(referral, "")


def _significance(code: Element | None, stated: str) -> str:
    """major or minor, as told by a qualifier or by the words; "" when neither does."""
    told = {attribute(one, "code", "name") for one in children(code, "qualifier")}
    said_so = [*qualifiers(code), stated]
    if "371929009" in told or any("not significant" in one.casefold() or "minor" in one.casefold() for one in said_so):
        return "minor"
    if "386134007" in told or any("significant" in one.casefold() or "major" in one.casefold() for one in said_so):
        return "major"
    return ""


def _linked(link: Element, book: Notebook) -> list[Resource]:
    """What is linked: other problems as related problems, anything else as related content."""
    made = []
    for ref in children(link, "component", "statementRef"):
        id = identity(ref)
        target = book.target(id)
        if target:
            made.append(_link("RelatedClinicalContent-1", target))
    return made


def relate(links: list[Element], book: Notebook) -> None:
    """Problems that name one another: the naming one is the parent. Both sides are told, as GP Connect does."""
    header_of = {identity(link, "conditionNamed", "namedStatementRef"): f"Condition/{identity(link)}" for link in links}
    made = book.made
    for link in links:
        parent = f"Condition/{identity(link)}"
        for ref in children(link, "component", "statementRef"):
            child_ = header_of.get(identity(ref)) or f"Condition/{identity(ref)}"
            if parent in made and child_ in made and parent != child_:
                _problem_link(made[parent], "child", child_)
                _problem_link(made[child_], "parent", parent)


def head_topics(links: list[Element], book: Notebook, topics: Topics) -> None:
    """A topic that holds the entry naming a problem is about that problem."""
    for link in links:
        named = identity(link, "conditionNamed", "namedStatementRef")
        for topic, held in topics.holds.items():
            if named and named in held and f"Condition/{identity(link)}" in book.made:
                target: Resource = {"url": "target", "valueReference": {"reference": f"Condition/{identity(link)}"}}
                extension = {"url": f"{_CARECONNECT}RelatedProblemHeader-1", "extension": [target]}
                topics.lists[topic].setdefault("extension", []).append(extension)


def _problem_link(condition: Resource, kind: str, target: str) -> None:
    inner: list[Any] = [{"url": "type", "valueCode": kind}, {"url": "target", "valueReference": {"reference": target}}]
    condition.setdefault("extension", []).append({"url": f"{_CARECONNECT}RelatedProblemHeader-1", "extension": inner})


def _link(url: str, target: Resource) -> Resource:
    return {"url": _CARECONNECT + url, "valueReference": target}


def _code(url: str, value: str) -> Resource:
    return {"url": _CARECONNECT + url, "valueCode": value}
