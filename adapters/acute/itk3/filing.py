"""The document itself: its Composition with the narrative of every section, and a DocumentReference to the whole of it as it came."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any

from carehub.feeds.formats.fhir_primitives import moment
from carehub.feeds.formats.fhir_tree import Node
from carehub.fhir.resource import Resource
from carehub.terms.codes import DATA_ABSENT_REASON, ukcore

from ..tables import table
from .opening import Opened
from .reader import Reader
from .stu3 import filled, instant

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_CARE_SETTING = ukcore("Extension:CareSettingType")
_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z", re.IGNORECASE)
_ABSENT: dict[str, Any] = {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "unknown"}]}
_KEPT_FROM_MOST = ("R", "V")
_PLANS = table("itk3_plan_sections")
_MOST_INSIDE = 8
_RELATIONS = ("replaces", "transforms", "signs", "appends")


def document_name(identifier: Node) -> str:
    """What a document goes by: its identifier's value, with the system unless the value is unique by itself; "" without one."""
    value = identifier.text("value")
    unique = _UUID.match(value)
    return unique[1].lower() if unique else f"{identifier.text('system')}|{value}" if value else ""


def own_name(opened: Opened) -> str:
    """The document's own name: the same for every version of it."""
    composition, bundle = opened.composition.node, opened.bundle
    return document_name(composition.one("identifier")) or document_name(bundle.one("identifier")) or composition.text("id") or "document"


def related(opened: Opened, relation: str) -> list[str]:
    """The names of documents that this one replaces (or appends to), other than itself."""
    found = []
    for held in opened.composition.node.all("relatesTo"):
        if held.text("code") == relation:
            target = held.one("targetReference")
            entry = opened.entry(target)
            unique = _UUID.match(target.text("reference"))
            name = document_name(held.one("targetIdentifier")) or document_name(target.one("identifier"))
            name = name or (document_name(entry.node.one("identifier")) if entry else "") or (unique[1].lower() if unique else "")
            found.append(name)
    return [name for name in dict.fromkeys(found) if name and name != own_name(opened)]


def labels(node: Node, reader: Reader) -> list[Resource]:
    """The security labels of a resource."""
    found = [reader.quantity(held, "Coding", "meta.security") for held in node.all("meta", "security")]
    return [label for label in found if label]


def document_labels(opened: Opened, reader: Reader) -> list[Resource]:
    """Labels of the whole document. Normal confidentiality is no label."""
    told = [label for node in (opened.bundle, opened.composition.node) for label in labels(node, reader)]
    code = opened.composition.node.text("confidentiality")
    if code in _KEPT_FROM_MOST:
        told.append({"system": CONFIDENTIALITY, "code": code})
    return [label for n, label in enumerate(told) if label not in told[:n]]


def composition(opened: Opened, reader: Reader) -> Resource:
    node = opened.composition.node
    told = reader.resource(node, "Composition")
    setting = reader.concept(node.extension("CareSettingType").one("valueCodeableConcept"), "Composition.extension")
    if setting:
        told["extension"] = [{"url": _CARE_SETTING, "valueCodeableConcept": setting}, *told.get("extension", ())]
    told.setdefault("status", "preliminary")
    told.setdefault("type", {"text": node.text("title") or "Document"})
    told["subject"] = reader.draft.subject
    if "date" not in told:
        told["_date"] = _ABSENT
    told.setdefault("author", [{"display": "Author not stated"}])
    told.setdefault("title", _words(told["type"]) or "Document")
    for held in told.get("attester", ()):
        held.setdefault("mode", "official")
    return _with_sections(told)


def _with_sections(held: Resource) -> Resource:
    """A heading with nothing under it says nothing (cmp-1); a section with entries is not empty (cmp-2)."""
    sections = []
    for section in held.get("section", ()):
        whole = _with_sections(section)
        if {"text", "entry", "section"} & whole.keys():
            if "entry" in whole:
                whole.pop("emptyReason", None)
            sections.append(whole)
        elif "emptyReason" in whole:
            words = whole.get("title") or "Nothing recorded"
            sections.append(
                {**whole, "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{_plain(words)}</div>'}}
            )
    if sections:
        held["section"] = sections
    else:
        held.pop("section", None)
    return held


def _plain(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")


def _words(concept: Resource) -> str:
    return str(concept.get("text") or next((one["display"] for one in concept.get("coding", ()) if "display" in one), ""))


def plans(node: Node, depth: int = 0) -> Iterator[tuple[str, str]]:
    """(title, words) of every section that asks somebody to do something. Most senders write this as narrative only."""
    for section in node.all("section"):
        codes = [held.value for held in section.all("code", "coding", "code")]
        known = next((_PLANS[code]["words"] for code in codes if code in _PLANS), "")
        words = section.one("text").words
        if known and words:
            yield section.text("title") or known, words
        if depth < _MOST_INSIDE:
            yield from plans(section, depth + 1)


def plan(opened: Opened, reader: Reader, told: Resource, title: str, words: str) -> Resource:
    """A section of that kind as a plan, in the document's words. told: the Composition as it is filed."""
    held: Resource = {"status": "active" if told["status"] != "preliminary" else "draft", "intent": "plan", "title": title}
    held |= {"description": words, "subject": reader.draft.subject}
    created = moment(opened.composition.node.text("date"))
    author: Resource = next((one for one in told["author"] if "reference" in one), {})
    return held | filled(encounter=told.get("encounter", {}), created=created, author=author)


def content_type(body: bytes) -> str:
    """Which form of FHIR the bytes are in."""
    return "application/fhir+json" if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else "application/fhir+xml"


def whole(body: bytes, reader: Reader) -> Resource:
    """The document as it came, to be read again in full."""
    return {"contentType": content_type(body), "data": base64.b64encode(body).decode(), "securityContext": reader.draft.subject}


def document_reference(opened: Opened, reader: Reader, told: Resource, body: bytes, url: str) -> Resource:
    """told: the Composition as it is filed. url: where the whole of it is."""
    node, draft = opened.composition.node, reader.draft
    held: Resource = {"status": "current", "docStatus": told["status"], "type": told["type"], "subject": draft.subject}
    held |= filled(
        masterIdentifier=reader.quantity(opened.bundle.one("identifier"), "Identifier", "Bundle.identifier"),
        identifier=[told["identifier"]] if told.get("identifier") else [],
        category=told.get("category", []),
        date=instant(node.text("date")),
        author=[one for one in told["author"] if "reference" in one],
        custodian=told.get("custodian", {}),
        description=told["title"],
    )
    signed = [one["party"] for one in told.get("attester", ()) if one.get("mode") in ("legal", "professional") and "party" in one]
    held |= filled(authenticator=signed[0] if signed else {})
    relations = []
    for relation in _RELATIONS:
        for name in related(opened, relation):
            target: Resource = {"identifier": {"system": draft.space("document"), "value": name}}
            if relation == "replaces":
                target = {"reference": draft.patient.of_type("DocumentReference", name).reference}
            relations.append({"code": relation, "target": target})
    held |= filled(relatesTo=relations, securityLabel=[{"coding": [label]} for label in draft.labels])
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
    attachment = {"contentType": content_type(body), "url": url, "size": len(body), "hash": digest, "title": told["title"]}
    held["content"] = [{"attachment": attachment}]
    for entry in opened.listed:
        if entry.node.kind == "Binary" and entry.place in opened.mapped:
            kind = "".join(entry.node.text("contentType").split())
            held["content"].append({"attachment": filled(contentType=kind, url=opened.mapped[entry.place])})
    encounter = opened.entry(node.one("encounter"))
    setting = reader.concept(node.extension("CareSettingType").one("valueCodeableConcept"), "Composition.extension")
    stay = reader.quantity(encounter.node.one("period"), "Period", "Encounter.period") if encounter else {}
    visit = [{"reference": opened.mapped[encounter.place]}] if encounter and encounter.place in opened.mapped else []
    return held | filled(context=filled(encounter=visit, period=stay, practiceSetting=setting))
