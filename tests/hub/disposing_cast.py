"""People whose records are due, and people whose are not, for the tests of disposal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from carehub.governance.retention import shipped
from carehub.hub.disposals_told import Told
from carehub.hub.disposing import Disposing
from carehub.hub.hub import Hub
from carehub.hub.retaining import Retaining
from carehub.terms.refs import RecordRef
from hub.toy_hub import NURSE, ada, submit, toy_hub

OFFICER = replace(NURSE, user="ivy", name="Ivy Lund", role="privacy-officer", purpose="HCOMPL")
OTHER = replace(OFFICER, user="noor", name="Noor Aziz")
OLD, LATELY = "2016-03-01T08:00:00.000Z", "2026-01-01T08:00:00.000Z"
HOLD = {"holder": "The Northvale Inquiry", "reason": "Rule 9 request", "review": "2027-06-01"}
CANARIES = ("Canarywhistle", "Zebedee", "9990000026", "1931-03-04", "Seven Canary Row", "canaryitis", "canary-key", "QX7 7QX")
ZEB, BO, CY = (RecordRef("acute", local, "Patient").id for local in ("Z1", "B1", "C1"))
_ALLERGY = {"type": "AllergyIntolerance", "id": "z", "code": {"text": "canaryitis"}}
_HOME = {"address": [{"line": ["Seven Canary Row"], "postalCode": "QX7 7QX"}]}


def zeb(**more: Any) -> dict[str, Any]:
    """A message of the hospital about a man whose record of it is all there is."""
    told = {
        "kind": "acute",
        "nhs": "9990000026",
        "given": "Zebedee",
        "family": "Canarywhistle",
        "born": "1931-03-04",
        "at": OLD,
        "extra": _HOME,
    }
    return ada("acute", "Z1", **{**told, **more})


def bo(at: str = OLD) -> dict[str, Any]:
    return ada("acute", "B1", kind="acute", nhs="", given="Bo", family="Berg", born="1950-02-02", at=at)


def cy(at: str = LATELY) -> dict[str, Any]:
    return ada("acute", "C1", kind="acute", nhs="", given="Cy", family="Crane", born="1961-07-09", at=at)


def cast_hub(store: Any = None) -> Hub:
    """Zebedee is due; so are Bo, in one file with Cy who is not, and one record of Ada, of whom another is not."""
    hub = toy_hub(store=store)
    submit(hub, ada(at=LATELY))
    submit(hub, ada("acute", "A1", kind="acute", at=OLD))
    submit(hub, zeb(), key="canary-key")
    submit(hub, bo(), cy())
    submit(hub, zeb(at="2016-04-01T08:00:00.000Z", records=[_ALLERGY]))
    hub.drain()
    return hub


def disposing(hub: Hub) -> Disposing:
    return Disposing(hub, shipped())


def retaining(hub: Hub) -> Retaining:
    return Retaining(hub, shipped())


def person(hub: Hub, patient: str) -> str:
    return hub.store.links.person_of([patient]).get(patient, "")


def proposed(hub: Hub) -> str:
    return disposing(hub).propose(OFFICER, "Due by the schedule")


def told(hub: Hub, id: str) -> Told:
    return next(one for one in disposing(hub).disposals(OFFICER).value if one.id == id)


def others(hub: Hub, *gone: str) -> dict[str, tuple[str, tuple[str, ...], tuple[bytes, ...]]]:
    """What the hub has of everybody, but of those whose patient record is among these: by person's id, the plan's hash, records and their bytes."""
    found = {}
    for one in hub.store.links.persons():
        patients = tuple(link.patient for link in hub.store.links.links_of(one))
        if set(patients).isdisjoint(gone):
            plan = hub.store.plans.get(one)
            found[one] = (plan.content_hash if plan else "", patients, tuple(r.body for r in hub.store.records.of_patients(patients)))
    return found
