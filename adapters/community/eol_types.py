"""Datatypes of STU3 to R4, from the tree of a document. What is empty or impossible is left out; the caller notes that."""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.fhir_primitives import date, moment, number
from carehub.feeds.formats.fhir_tree import Node
from carehub.fhir.resource import Resource

from .naming import uri

_V3, _V2 = "http://hl7.org/fhir/v3/", "http://hl7.org/fhir/v2/"
_SYSTEMS = {
    "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-EthnicCategory-1": "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland",
    "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-NHSNumberVerificationStatus-1": (
        "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
    ),
    "http://hl7.org/fhir/condition-category": "http://terminology.hl7.org/CodeSystem/condition-category",
    "http://hl7.org/fhir/observation-category": "http://terminology.hl7.org/CodeSystem/observation-category",
    "http://hl7.org/fhir/consentcategorycodes": "http://terminology.hl7.org/CodeSystem/consentcategorycodes",
    "http://hl7.org/fhir/consentaction": "http://terminology.hl7.org/CodeSystem/consentaction",
    "http://hl7.org/fhir/organization-type": "http://terminology.hl7.org/CodeSystem/organization-type",
}
_TRUTHS = {"true": True, "false": False}


def system(told: str) -> str:
    """The R4 address of a code system that STU3 knew by another."""
    if told.startswith(_V3):
        return f"http://terminology.hl7.org/CodeSystem/v3-{told.removeprefix(_V3)}"
    if told.startswith(_V2):
        return f"http://terminology.hl7.org/CodeSystem/v2-{told.removeprefix(_V2)}"
    return _SYSTEMS.get(told, uri(told))


def truth(told: str) -> bool | None:
    return _TRUTHS.get(told)


def filled(**elements: Any) -> Resource:
    """The elements that hold something; a trailing underscore in a name is dropped ("class_")."""
    return {name.rstrip("_"): value for name, value in elements.items() if value not in (None, "", [], {})}


def coding(node: Node) -> Resource:
    told = filled(system=system(node.text("system")), version=node.text("version"), code=" ".join(node.text("code").split()))
    return told | filled(display=node.text("display")) if told.get("code") or node.text("display") else {}


def concept(node: Node) -> Resource:
    return filled(coding=[c for n in node.all("coding") if (c := coding(n))], text=node.text("text"))


def concepts(nodes: list[Node]) -> list[Resource]:
    return [c for node in nodes if (c := concept(node))]


def period(node: Node) -> Resource:
    return filled(start=moment(node.text("start")), end=moment(node.text("end")))


def identifier(node: Node) -> Resource:
    use = node.text("use")
    told = filled(use=use if use in ("usual", "official", "temp", "secondary", "old") else "", type=concept(node.one("type")))
    told |= filled(system=uri(node.text("system")), value=node.text("value"), period=period(node.one("period")))
    return told if told.get("value") else {}


def identifiers(node: Node) -> list[Resource]:
    return [i for n in node.all("identifier") if (i := identifier(n))]


def human_name(node: Node) -> Resource:
    use = node.text("use")
    return filled(
        use=use if use in ("usual", "official", "temp", "nickname", "anonymous", "old", "maiden") else "",
        text=node.text("text"),
        family=node.text("family"),
        given=[n.value for n in node.all("given") if n.value],
        prefix=[n.value for n in node.all("prefix") if n.value],
        suffix=[n.value for n in node.all("suffix") if n.value],
        period=period(node.one("period")),
    )


def address(node: Node) -> Resource:
    use, kind = node.text("use"), node.text("type")
    told = filled(
        use=use if use in ("home", "work", "temp", "old", "billing") else "",
        type=kind if kind in ("postal", "physical", "both") else "",
        text=node.text("text"),
        line=[n.value for n in node.all("line") if n.value],
    )
    parts = {name: node.text(name) for name in ("city", "district", "state", "postalCode", "country")}
    return told | filled(**parts, period=period(node.one("period")))


def telecom(node: Node) -> Resource:
    kind, use = node.text("system"), node.text("use")
    told = filled(value=node.text("value"), use=use if use in ("home", "work", "temp", "old", "mobile") else "")
    if "value" not in told:
        return {}
    return {"system": kind if kind in ("phone", "fax", "email", "pager", "url", "sms") else "other", **told}


def quantity(node: Node) -> Resource:
    sign = node.text("comparator")
    told = filled(value=number(node.text("value")), comparator=sign if sign in ("<", "<=", ">=", ">") else "", unit=node.text("unit"))
    if node.text("code") and node.text("system"):
        told |= {"system": uri(node.text("system")), "code": " ".join(node.text("code").split())}
    elif node.text("code") and "unit" not in told:
        told["unit"] = node.text("code")
    return told


def notes(node: Node) -> list[Resource]:
    return [
        filled(time=moment(n.text("time")), authorString=n.text("authorString"), text=n.text("text"))
        for n in node.all("note")
        if n.text("text")
    ]


def value(node: Node, stem: str = "value") -> Resource:
    """A value[x] of the types that answers and observations have; {} for none."""
    name, held = node.choice(stem)
    kind = name[len(stem) :]
    told: Any = None
    if kind in ("String", "Uri", "Date", "DateTime", "Time", "Code", "Markdown"):
        told = held.value if kind not in ("Date", "DateTime") else (date(held.value) if kind == "Date" else moment(held.value))
    elif kind == "Boolean":
        told = truth(held.value)
    elif kind in ("Integer", "Decimal"):
        told = number(held.value)
        if kind == "Integer" and not isinstance(told, int):
            told = None
    elif kind in ("Coding", "CodeableConcept", "Quantity", "Period"):
        told = {"Coding": coding, "CodeableConcept": concept, "Quantity": quantity, "Period": period}[kind](held)
    return {name: told} if told not in (None, "", {}, []) else {}


def words_of(told: Resource) -> str:
    """What a value[x] says, in words."""
    held = next(iter(told.values()), "")
    if isinstance(held, bool):
        return "Yes" if held else "No"
    if isinstance(held, dict):
        listed = held.get("coding") or [held]
        first = listed[0] if isinstance(listed, list) and listed else {}
        number_, unit = held.get("value"), held.get("unit", "")
        return str(
            held.get("text") or first.get("display") or first.get("code") or (f"{number_} {unit}".strip() if number_ is not None else "")
        )
    return str(held)
