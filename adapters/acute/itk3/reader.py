"""STU3 elements to R4, led by the R4 schema: an element that R4 has under the same name goes there; the tables in codes/ name the others.

What R4 has no place for is noted by its name (MAP-017). Source: https://hl7.org/fhir/R4/diff.html and the STU3 to R4 maps of each resource.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from carehub.feeds.formats.fhir_tree import Node
from carehub.fhir import r4
from carehub.fhir.resource import Resource
from carehub.terms.codes import SNOMED

from ..coding import snomed_id
from ..tables import table
from .draft import Draft
from .opening import Opened
from .stu3 import PRIMITIVES, TIMES, filled, primitive, system

_ELEMENTS = {row["sent"]: row["r4"] for row in table("itk3_elements").values()}
_STATUSES = {row["sent"]: row["r4"] for row in table("itk3_statuses").values()}
_CODE_ELEMENTS = {row["sent"]: row["system"] for row in table("itk3_code_elements").values()}
_NARRATIVES = frozenset(("generated", "extensions", "additional", "empty"))
_TECHNICAL = frozenset(("id", "meta", "implicitRules", "language", "contained", "url"))
_QUANTITIES = frozenset(("Quantity", "SimpleQuantity", "Age", "Duration", "Count", "Distance", "Money"))
# Extensions that have a place of their own in UK Core; every other one is kept as it was sent.
PLACED = frozenset(
    ("NHSNumberVerificationStatus", "EthnicCategory", "AdmissionMethod", "DischargeMethod", "CareSettingType", "MedicationFlagAssociation")
)
PLACED |= {"AllergyFlagDetail", "MedicationChangeSummary"}
# Elements that finishing.py gives a place which is not one element of the same kind.
_HANDLED = frozenset(name for name, place in _ELEMENTS.items() if not place)
# Elements of STU3 that R4 no longer has, by name, so that an issue can say which it was.
_GONE = frozenset(("definition", "isBrand", "isOverTheCounter", "image", "animal", "udi", "replaces", "incomingReferral"))
_GONE |= {"primarySource", "package"}


@cache
def _property(rule: str, name: str) -> tuple[str, tuple[str, ...], bool] | None:
    """(type, allowed codes, list or not) of an element of an R4 type; None where the type has no such element.

    A CodeableConcept that must hold a code of one system has its codes here too.
    """
    held = r4.definitions()[rule].get("properties", {}).get(name)
    if held is None:
        return None
    many = held.get("type") == "array"
    inner = held["items"] if many else held
    inner = next((one for one in inner.get("anyOf", ()) if one.get("type") != "null"), inner)
    demanded: tuple[str, ...] = ()
    if "allOf" in inner:
        inner, rest = inner["allOf"][0], inner["allOf"][1]
        demanded = tuple(rest["properties"]["coding"]["contains"]["properties"]["code"].get("enum", ()))
    kind = str(inner.get("$ref", "")).rpartition("/")[2]
    rule_of = r4.definitions().get(kind, {})
    codes = demanded or tuple(inner.get("enum", ())) or tuple(rule_of.get("enum", ()) if isinstance(rule_of, dict) else ())
    return kind, codes, many


class Reader:
    """Reads the entries of one document into R4."""

    def __init__(self, opened: Opened, draft: Draft) -> None:
        self.opened = opened
        self.draft = draft
        self._kind = ""

    def resource(self, node: Node, kind: str) -> Resource:
        """The elements of a resource as R4 has them, without what finishing.py adds. kind: the R4 type."""
        self._kind = kind
        return self.object(node, kind, node.kind, node.kind)

    def object(self, node: Node, rule: str, sent: str, at: str) -> Resource:
        """rule: the R4 type. sent: what the tables call it. at: the element of the resource, for issues."""
        told: Resource = {}
        top = at == sent
        for name, nodes in node.children.items():
            known = f"{sent}.{name}"
            if name in _TECHNICAL or known in _HANDLED:
                continue
            target = _ELEMENTS.get(known, name)
            found = _property(rule, target)
            place = f"{at}.{name}" if top and (name in r4.names() or name in _GONE) else at
            if found is None or (top and target.startswith("_")):
                self.draft.note("MAP-017", place, self._kind)
                continue
            kind, codes, many = found
            noted = self.draft.noted
            values = [value for one in nodes if (value := self._value(one, kind, codes, known, place)) not in (None, "", {}, [])]
            if not values and kind != "Extension" and noted == self.draft.noted and any(nodes):
                self.draft.note("MAP-017", place, self._kind)
            if many and values:
                told.setdefault(target, []).extend(values)
            elif values:
                told.setdefault(target, values[0])
                if len(values) > 1:
                    self.draft.note("MAP-017", place, self._kind)
        return told

    def _value(self, node: Node, kind: str, codes: tuple[str, ...], known: str, at: str) -> Any:
        if codes and node.value:
            code = _STATUSES.get(f"{known}.{node.value}", node.value)
            if code not in codes:
                self.draft.note("MAP-021", at, self._kind)
                return None
            return self._grown(code, kind, known) if kind == "CodeableConcept" else code
        if kind in PRIMITIVES:
            value = primitive(kind, node.value)
            if value is None and node.value:
                self.draft.note("MAP-010" if kind in TIMES else "MAP-021", at, self._kind)
            return value
        if node.value and not node.children:
            return self._grown(node.value, kind, known)
        return self._complex(node, kind, at)

    def _grown(self, told: str, kind: str, known: str) -> Any:
        """A primitive of STU3 that became a type of its own in R4."""
        if kind == "Annotation":
            return {"text": told}
        if kind == "CodeableConcept":
            space = _CODE_ELEMENTS.get(known, "")
            return {"coding": [{"system": space, "code": told}]} if space else {"text": told}
        if kind == "Reference":
            return {"display": told}
        return None

    def _complex(self, node: Node, kind: str, at: str) -> Any:
        if kind == "Reference":
            inner = next((node.one(name) for name in ("agent", "actor", "item") if node.one(name)), node)
            return self.reference(node if node.one("reference") else inner, at)
        if kind == "Narrative":
            return self.narrative(node)
        if kind == "Extension":
            return self._extension(node, at)
        told = self.object(node, kind, kind, at) if kind in r4.definitions() else {}
        if kind == "Coding":
            return self._coding(told, at)
        if kind == "Identifier":
            return told if told.get("value") else {}
        if kind == "Dosage":
            return told | self._dose(node, at)
        if kind == "Annotation":
            return told if told.get("text") else {}
        if kind == "Attachment" and told.get("url") in self.opened.names:
            place = self.opened.names[told["url"]].place
            if place in self.opened.mapped:
                told["url"] = self.opened.mapped[place]
        if kind in _QUANTITIES and "code" in told and "system" not in told:
            told.setdefault("unit", told["code"])
            del told["code"]
        return told

    def _coding(self, told: Resource, at: str) -> Resource:
        if not (told.get("code") or told.get("display")):
            return {}
        if told.get("system") == SNOMED and "code" in told and not snomed_id(told["code"]):
            # A mistyped concept id could be any other concept's: it stays the sender's own code.
            self.draft.note("MAP-006", at, self._kind)
            told["system"] = self.draft.space("code", "snomed-ct-as-sent")
        elif "system" in told:
            told["system"] = system(told["system"])
        return told

    def _dose(self, node: Node, at: str) -> Resource:
        """Dose and rate, which R4 keeps together."""
        held: Resource = {}
        for name in ("doseQuantity", "doseRange", "rateRatio", "rateRange", "rateQuantity"):
            if node.one(name) and not any(key.startswith(name[:4]) for key in held):
                value = self._complex(node.one(name), {"Quant": "Quantity", "Range": "Range", "Ratio": "Ratio"}[name[4:9]], at)
                held |= {name: value} if value else {}
        return {"doseAndRate": [held]} if held else {}

    def _extension(self, node: Node, at: str) -> Resource:
        name = node.url.rpartition("/")[2]
        if not node.url or any(f"-{placed}-" in f"{name}-" for placed in PLACED):
            return {}
        told = self.object(node, "Extension", "Extension", at)
        value = {key: held for key, held in told.items() if key.startswith("value")}
        if value:
            return {"url": "%20".join(node.url.split()), **value}
        inner = [one for one in told.get("extension", ()) if one]
        return {"url": "%20".join(node.url.split()), "extension": inner} if inner else {}

    def narrative(self, node: Node) -> Resource:
        """A narrative, made harmless; {} where there is none."""
        if not node.div:
            return {}
        status = node.text("status")
        return {"status": status if status in _NARRATIVES else "generated", "div": node.div}

    def reference(self, node: Node, at: str) -> Resource:
        """A Reference to a record of the document; otherwise its identifier and words, noted MAP-008. {} for an empty one."""
        if not node:
            return {}
        target = self.opened.entry(node)
        words = node.text("display")
        if target is not None and target.place in self.opened.mapped:
            return filled(reference=self.opened.mapped[target.place], display=words)
        identifier = self._complex(node.one("identifier"), "Identifier", at) if node.one("identifier") else {}
        if not identifier or node.text("reference"):
            self.draft.note("MAP-008", at, self._kind)
        words = (
            words
            or (target.node.text("name") or target.node.kind if target else "")
            or identifier.get("value", "")
            or "Not in the document"
        )
        return filled(identifier=identifier, display=words)

    def concept(self, node: Node, at: str) -> Resource:
        """A CodeableConcept, or {}."""
        told = self._complex(node, "CodeableConcept", at) if node else {}
        return told if isinstance(told, dict) else {}

    def quantity(self, node: Node, kind: str, at: str) -> Resource:
        """Any other datatype by its R4 name."""
        told = self._complex(node, kind, at) if node else {}
        return told if isinstance(told, dict) else {}
