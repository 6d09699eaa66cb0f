"""People and organisations of a document: the patient, their contacts, professionals and where they work."""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.fhir_primitives import date, moment
from carehub.feeds.formats.fhir_tree import Node
from carehub.fhir.resource import Resource
from carehub.terms import nhs_number
from carehub.terms.codes import ukcore

from .draft import Draft
from .eol_bundle import Opened
from .eol_types import address, concept, concepts, filled, human_name, identifiers, period, telecom, truth
from .identity import nhs_identifier

_ETHNIC = ukcore("Extension:EthnicCategory")
_GENDERS = frozenset(("male", "female", "other", "unknown"))


def names(node: Node) -> list[Resource]:
    return [told for n in node.all("name") if (told := human_name(n))]


def addresses(node: Node) -> list[Resource]:
    return [told for n in node.all("address") if (told := address(n))]


def telecoms(node: Node) -> list[Resource]:
    return [told for n in node.all("telecom") if (told := telecom(n))]


def _extension(node: Node, name: str) -> Node | None:
    return next((part for part in node.all("extension") if name in part.url), None)


def _gender(node: Node) -> str:
    told = node.text("gender")
    return told if told in _GENDERS else ""


def patient(node: Node, opened: Opened, draft: Draft) -> Resource:
    told = filled(identifier=_numbers(node, draft), active=truth(node.text("active")), name=names(node), telecom=telecoms(node))
    told |= filled(gender=_gender(node), birthDate=date(node.text("birthDate")), address=addresses(node))
    if node.text("birthDate") and "birthDate" not in told:
        draft.note("MAP-010", "Patient.birthDate", "Patient")
    ethnic = _extension(node, "EthnicCategory")
    if ethnic is not None and (held := concept(ethnic.one("valueCodeableConcept"))):
        told["extension"] = [{"url": _ETHNIC, "valueCodeableConcept": held}]
    if died := moment(node.text("deceasedDateTime")):
        told["deceasedDateTime"] = died
    elif (dead := truth(node.text("deceasedBoolean"))) is not None:
        told["deceasedBoolean"] = dead
    told |= filled(maritalStatus=concept(node.one("maritalStatus")), contact=[c for n in node.all("contact") if (c := _contact(n))])
    speaks = [filled(language=concept(n.one("language")), preferred=truth(n.text("preferred"))) for n in node.all("communication")]
    told |= filled(communication=[s for s in speaks if "language" in s])
    told |= filled(generalPractitioner=opened.references(node.all("generalPractitioner"), draft, "Patient.generalPractitioner"))
    return told | filled(managingOrganization=opened.reference(node.one("managingOrganization"), draft, "Patient.managingOrganization"))


def _contact(node: Node) -> Resource:
    name = human_name(node.one("name"))
    return filled(relationship=concepts(node.all("relationship")), name=name, telecom=telecoms(node), address=address(node.one("address")))


def _numbers(node: Node, draft: Draft) -> list[Resource]:
    """Every identifier; one NHS number at most in its own system, with the status the source gives it."""
    kept: list[Resource] = []
    current: set[str] = set()
    for held in node.all("identifier"):
        if held.text("system") != nhs_number.SYSTEM:
            kept += identifiers(_only(held))
            continue
        status = _extension(held, "NHSNumberVerificationStatus")
        code = status.text("valueCodeableConcept", "coding", "code") if status else ""
        if held.text("use") == "old":
            kept.append({"use": "old", "type": {"text": "NHS number, superseded"}, "value": held.text("value")})
            continue
        number, refused = nhs_identifier(held.text("value"), code, draft.source.code)
        if refused:
            draft.note("MAP-009", "Patient.identifier", "Patient")
        if number and number["value"] not in current:
            current.add(number["value"])
            kept.append(number)
    numbers = [n for n in kept if n.get("system") == nhs_number.SYSTEM]
    if len(numbers) > 1:
        # Two different numbers cannot both be the patient's, and nothing says which is: neither may link.
        draft.note("MAP-009", "Patient.identifier", "Patient", len(numbers))
        for n in numbers:
            n.pop("extension", None)
            n |= {"system": draft.space("id", "nhs-number-not-fit-for-use"), "type": {"text": "NHS number as sent, not fit for use"}}
    return kept


def _only(held: Node) -> Node:
    wrapper = Node()
    wrapper.children["identifier"] = [held]
    return wrapper


def practitioner(node: Node, opened: Opened, draft: Draft) -> Resource:
    told = filled(identifier=identifiers(node), active=truth(node.text("active")), name=names(node), telecom=telecoms(node))
    return told | filled(address=addresses(node), gender=_gender(node))


def practitioner_role(node: Node, opened: Opened, draft: Draft) -> Resource:
    told = filled(identifier=identifiers(node), active=truth(node.text("active")), period=period(node.one("period")))
    told |= filled(practitioner=opened.reference(node.one("practitioner"), draft, "PractitionerRole.practitioner"))
    told |= filled(organization=opened.reference(node.one("organization"), draft, "PractitionerRole.organization"))
    return told | filled(code=concepts(node.all("code")), specialty=concepts(node.all("specialty")), telecom=telecoms(node))


def organization(node: Node, opened: Opened, draft: Draft) -> Resource:
    told = filled(identifier=identifiers(node), active=truth(node.text("active")), type=concepts(node.all("type")), name=node.text("name"))
    places = addresses(node)
    for place in places:
        place.pop("use", None) if place.get("use") == "home" else None
    told |= filled(telecom=telecoms(node), address=places)
    return told | filled(partOf=opened.reference(node.one("partOf"), draft, "Organization.partOf"))


def related_person(node: Node, opened: Opened, draft: Draft) -> Resource:
    told: dict[str, Any] = filled(identifier=identifiers(node), active=truth(node.text("active")))
    told["patient"] = draft.subject
    told |= filled(relationship=concepts(node.all("relationship")), name=names(node), telecom=telecoms(node), gender=_gender(node))
    return told | filled(birthDate=date(node.text("birthDate")), address=addresses(node), period=period(node.one("period")))


def care_team(node: Node, opened: Opened, draft: Draft) -> Resource:
    status = node.text("status")
    told = filled(
        identifier=identifiers(node), category=concepts(node.all("category")), name=node.text("name"), period=period(node.one("period"))
    )
    told |= filled(status=status if status in ("proposed", "active", "suspended", "inactive", "entered-in-error") else "")
    told["subject"] = draft.subject
    members = []
    for part in node.all("participant"):
        role = concepts(part.all("role"))
        member = opened.reference(part.one("member"), draft, "CareTeam.participant")
        members.append(filled(role=role, member=member, period=period(part.one("period"))))
    return told | filled(participant=[m for m in members if m])


__all__ = ["care_team", "organization", "patient", "practitioner", "practitioner_role", "related_person"]
