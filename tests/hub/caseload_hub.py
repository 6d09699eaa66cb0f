"""People with reasons to be on a caseload, told by a toy feed: Ada by three sources, each of which holds one of the reasons."""

from __future__ import annotations

from typing import Any

from carehub.caseload.criteria import shipped
from carehub.governance.requester import Requester
from carehub.hub.caseload import Caseloads
from carehub.hub.hub import Hub
from hub.toy_hub import ada, submit, toy_hub

SNOMED = "http://snomed.info/sct"
GP = Requester("gp1", "Dr Khan", "gp", "gp", "Elmfield Surgery", "TREAT")
FRAIL = {
    "type": "Condition",
    "id": "frail",
    "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
    "code": {"coding": [{"system": SNOMED, "code": "925861000000106", "display": "Severe frailty"}]},
    "onsetDateTime": "2026-03-12",
}


def stay(id: str, begins: str, ends: str = "", method: str = "21", **more: Any) -> dict[str, Any]:
    """A stay in hospital. method: the national code of the admission method."""
    coded = {"coding": [{"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-AdmissionMethodEngland", "code": method}]}
    url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AdmissionMethod"
    return {
        "type": "Encounter",
        "id": id,
        "status": "finished" if ends else "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "period": {"start": begins, **({"end": ends} if ends else {})},
        "hospitalization": {"extension": [{"url": url, "valueCodeableConcept": coded}]},
        **more,
    }


def arranged(id: str, begins: str, ends: str = "") -> dict[str, Any]:
    """A service that social care arranges."""
    period = {"start": begins, **({"end": ends} if ends else {})}
    return {"type": "EpisodeOfCare", "id": id, "status": "finished" if ends else "active", "period": period}


ONE, TWO = stay("s1", "2026-02-03T10:00:00Z", "2026-02-09T12:00:00Z"), stay("s2", "2026-10-03T10:00:00Z", "2026-10-05T12:00:00Z")


def of_gp(*records: dict[str, Any], **more: Any) -> dict[str, Any]:
    return ada(records=list(records), **more)


def of_hospital(*records: dict[str, Any], **more: Any) -> dict[str, Any]:
    return ada("acute", "A1", kind="acute", records=list(records), **more)


def of_council(*records: dict[str, Any], **more: Any) -> dict[str, Any]:
    return ada("council", "C1", kind="local_authority", records=list(records), **more)


def told(*messages: dict[str, Any]) -> Hub:
    """A hub that was told these messages."""
    made = toy_hub()
    submit(made, *messages)
    made.drain()
    return made


def caseloads(hub: Hub) -> Caseloads:
    """With the criteria that ship."""
    return Caseloads(hub, shipped())
