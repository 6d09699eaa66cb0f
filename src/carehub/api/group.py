"""A caseload as an R4 Group: each member a reference to the person-level Patient, since when, and why. Pure."""

from __future__ import annotations

from typing import Any

from carehub.caseload.evidence import Evidence
from carehub.caseload.reasons import Reason
from carehub.fhir.resource import Resource
from carehub.hub.caseload import Caseload, OnCaseload
from carehub.terms.moments import iso

IDENTIFIER = "urn:carehub:caseload"
"""System of the identifier: its value is the code of the organisation."""


def group(caseload: Caseload) -> Resource:
    """An actual Group of persons. A member's period starts on the day by which the first of its reasons had come; its extensions are the reasons.

    Extensions of the Group: the criteria by version and in words, the moment it was worked out, what is withheld, and what could keep somebody off it.
    """
    name = caseload.name or caseload.organisation
    said: tuple[tuple[str, str, str], ...] = (
        ("at", "valueInstant", iso(caseload.at)),
        ("criteria-version", "valueString", caseload.criteria.version),
        *(("criterion", "valueString", sentence) for sentence in caseload.criteria.sentences()),
        *(("withheld", "valueString", sentence) for sentence in caseload.withheld),
        *(("limit", "valueString", sentence) for sentence in caseload.limits),
    )
    return {
        "resourceType": "Group",
        "id": caseload.id,
        "extension": [{"url": f"{IDENTIFIER}-{part}", value: told} for part, value, told in said],
        "identifier": [{"system": IDENTIFIER, "value": caseload.organisation}],
        "active": True,
        "type": "person",
        "actual": True,
        "name": f"Caseload of {name}",
        "quantity": len(caseload.people),
        "managingEntity": {"type": "Organization", "identifier": {"value": caseload.organisation}, "display": name},
        **({"member": [_member(one) for one in caseload.people]} if caseload.people else {}),
    }


def _member(one: OnCaseload) -> Resource:
    return {
        "extension": [_reason(reason) for reason in one.reasons],
        "entity": {"reference": f"Patient/{one.person}"},
        **({"period": {"start": one.since}} if one.since else {}),
    }


def _reason(reason: Reason) -> Resource:
    return _parts(
        f"{IDENTIFIER}-reason",
        {"url": "rule", "valueCode": reason.rule},
        {"url": "sentence", "valueString": reason.sentence},
        *_day(reason.day),
        *(_evidence(one) for one in reason.evidence),
    )


def _evidence(one: Evidence) -> Resource:
    told = {"url": "record", "valueReference": {"reference": one.record, "display": one.source.title}}
    return _parts("evidence", told, {"url": "what", "valueString": one.words}, *_day(one.day))


def _day(day: str) -> list[Resource]:
    return [{"url": "day", "valueDate": day}] if day else []


def _parts(url: str, *parts: Any) -> Resource:
    return {"url": url, "extension": list(parts)}
