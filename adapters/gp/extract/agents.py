"""The agent directory: people with their numbers and posts, and organisations."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from carehub.fhir.resource import Resource

from ..bundle import Found
from ..codes.oids import ODS, PERSON_NUMBER_OF_OID
from .concepts import concept
from .notebook import Notebook
from .v3 import child, children, identity, said, words

ODS_SYSTEM = "https://fhir.nhs.uk/Id/ods-organization-code"


def directory(folder: Element, book: Notebook, place: str) -> None:
    """Every Agent of the folder as a Practitioner, with a role where its post or organisation is told, or as an Organization."""
    for position, agent in enumerate(children(folder, "responsibleParty", "agentDirectory", "part", "Agent")):
        where = f"{place}.Agent[{position}]"
        id = identity(agent)
        if not id:
            book.missed.append(where)
            continue
        person = child(agent, "agentPerson")
        office = child(agent, "agentOrganization")
        if office is None:
            office = child(agent, "representedOrganization")
        works_at = _organisation(office, f"{id}-ORG" if person is not None else id, book, where) if office is not None else {}
        if person is None:
            if works_at:
                book.people[id] = works_at["reference"]
            else:
                book.missed.append(where)
            continue
        numbers = [_number(one) for one in children(agent, "id") if one.get("extension")]
        _add(book, where, "Practitioner", id, identifier=[one for one in numbers if one], name=[_name(person)] if _name(person) else [])
        book.people[id] = f"Practitioner/{id}"
        post = concept(child(agent, "code"))
        if post or works_at:
            role = {"practitioner": {"reference": f"Practitioner/{id}"}}
            _add(book, where, "PractitionerRole", f"{id}-ROLE", **role, organization=works_at, code=[post] if post else [])


def organisation_of(author: Element | None, book: Notebook, place: str) -> tuple[str, Resource]:
    """The ODS code and a Reference to the organisation that speaks: the sending practice."""
    for one in children(author, "AgentOrgSDS", "agentOrganizationSDS", "id"):
        if one.get("root") == ODS and (one.get("extension") or "").strip():
            code = (one.get("extension") or "").strip().upper()
            name = words(author, "AgentOrgSDS", "agentOrganizationSDS", "name")
            practice = {"coding": [{"system": "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1", "code": "gp-practice"}]}
            _add(book, place, "Organization", "sender", identifier=[{"system": ODS_SYSTEM, "value": code}], type=[practice], name=name)
            return code, {"reference": "Organization/sender"}
    return "", {}


def _organisation(office: Element, id: str, book: Notebook, place: str) -> Resource:
    codes = [(one.get("extension") or "").strip() for one in children(office, "id") if one.get("root") == ODS]
    named = words(office, "name")
    if not named and not any(codes):
        return {}
    _add(book, place, "Organization", id, identifier=[{"system": ODS_SYSTEM, "value": one} for one in codes if one], name=named)
    return {"reference": f"Organization/{id}"}


def _number(id: Element) -> Resource:
    root = (id.get("root") or "").strip()
    value = (id.get("extension") or "").strip()
    return {"system": PERSON_NUMBER_OF_OID.get(root, f"urn:oid:{root}"), "value": value} if root and value else {}


def _name(person: Element) -> Resource:
    """The name in its parts, or as one line."""
    name = child(person, "name")
    parts = {part: [told for one in children(name, part) if (told := words(one))] for part in ("prefix", "given", "family", "suffix")}
    if any(parts.values()):
        family = " ".join(parts.pop("family"))
        return said(use="official", family=family, **parts)
    return said(text=words(name))


def _add(book: Notebook, place: str, kind: str, id: str, **elements: Any) -> None:
    """Agents are about nobody, so they have no subject."""
    book.found.append(Found(place, {"resourceType": kind, "id": id} | said(**elements)))
