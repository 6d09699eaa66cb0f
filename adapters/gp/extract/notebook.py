"""The notebook of one extract: STU3 resources as they are made, where each came from, and what could not be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from carehub.fhir.resource import Resource
from carehub.terms.errors import Unmappable

from ..bundle import Found
from ..reading import odd
from .v3 import attribute, child, children, identity, name, said

PATIENT = "patient"
_UUIDS = "urn:ietf:rfc:3986"
_UUID = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_ACT_CODE = "http://hl7.org/fhir/v3/ActCode"


@dataclass(frozen=True, slots=True)
class Setting:
    """What statements take on from the composition they are in.

    encounter: its id, "" when it is no consultation. written: when it was written down. performer, recorder: ids of agents. labels: security labels
    of everything around.
    """

    encounter: str = ""
    written: str = ""
    performer: str = ""
    recorder: str = ""
    labels: tuple[Resource, ...] = ()


@dataclass(slots=True)
class Notebook:
    """found: resources in order. made: those about the patient by "Type/id". known: id of an act to the "Type/id" it became. acts: statements by id.

    people: ids of agents to "Type/id". labelled: security labels of what an act became. missed: places that could not be read. unmapped:
    statements of kinds that are not mapped.
    """

    found: list[Found] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    acts: dict[str, Element] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    made: dict[str, Resource] = field(default_factory=dict)
    labelled: dict[str, tuple[Resource, ...]] = field(default_factory=dict)
    unmapped: Counter[str] = field(default_factory=Counter)

    def add(self, place: str, kind: str, id: str, labels: tuple[Resource, ...] = (), **elements: Any) -> str:
        """Keep a resource about the patient; gives "Type/id". Raises Unmappable for an act without an id."""
        if not id:
            raise odd()
        self.labelled[id] = labels
        subject = "patient" if kind == "AllergyIntolerance" else "subject"
        resource: Resource = {"resourceType": kind, "id": id}
        if labels:
            resource["meta"] = {"security": list(labels)}
        if _UUID.fullmatch(id):
            resource["identifier"] = [{"system": _UUIDS, "value": f"urn:uuid:{id.lower()}"}]
        if kind != "Medication":
            resource[subject] = {"reference": f"Patient/{PATIENT}"}
        whole = resource | said(**elements)
        self.found.append(Found(place, whole))
        self.made[f"{kind}/{id}"] = whole
        return f"{kind}/{id}"

    def attempt(self, place: str, how: Callable[[], Any]) -> Any:
        """Do one statement; one that is odd costs itself, at its place."""
        try:
            return how()
        except Unmappable:
            self.missed.append(place)
            return None

    def person(self, id: str) -> dict[str, str]:
        """A Reference to an agent; empty when nobody is named. One who is not in the directory is referred to all the same, and told as MAP-008."""
        return {"reference": self.people.get(id, f"Practitioner/{id}")} if id else {}

    def target(self, id: str) -> dict[str, str]:
        """A Reference to what an act became; empty when it became nothing."""
        return {"reference": self.known[id]} if id in self.known else {}


def labels(element: Element, around: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """The security labels of an act and of all that is around it (confidentialityCode, since RCMR_IN030000UK07)."""
    found = list(around)
    for one in children(element, "confidentialityCode"):
        label = said(system=_ACT_CODE, code=attribute(one, "code"), display=attribute(one, "displayName"))
        if "code" in label and label not in found:
            found.append(label)
    return tuple(found)


def agent(element: Element, *kinds: str) -> str:
    """The id of the agent in the first of these participations that names one."""
    for kind in kinds:
        for one in children(element, kind):
            id = identity(one, "agentRef")
            if id:
                return id
    return ""


def plain(element: Element) -> None:
    """Raises Unmappable for a statement that is denied or taken back: to read it without that would turn it round."""
    if element.get("negationInd") == "true" or attribute(element, "code", "statusCode") in (
        "NULLIFIED",
        "OBSOLETE",
        "nullified",
        "obsolete",
    ):
        raise odd()
    if child(element, "uncertaintyCode") is not None:
        raise odd()


def place_of(element: Element, above: str, position: int) -> str:
    """ "EhrExtract.ehrComposition[3].ObservationStatement[0]": names and numbers only."""
    return f"{above}.{name(element)}[{position}]"
