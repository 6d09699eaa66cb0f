"""People whose every record holds a word of its own ("QX…"), one person for each row of fixtures/policy/flags.csv, and what each role may read of them.

The expectation is worked out here from the tables of fixtures/policy alone, never by the code that it judges.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carehub.governance.agreements import Agreements, SharingAgreement
from carehub.governance.clauses import Clause
from carehub.governance.requester import Requester
from carehub.hub.emergency_access import EmergencyAccess
from carehub.hub.hub import Hub
from carehub.hub.report_match import Doubt
from carehub.hub.sharing import Sharing
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Why
from carehub.terms.nhs_number import valid
from carehub.terms.organisations import SourceKind
from carehub.terms.refs import RecordRef
from hub.toy_hub import NURSE, submit, toy_hub

TABLES = Path(__file__).resolve().parents[3] / "fixtures" / "policy"
WORD = re.compile(r"QX[a-z-]+\d[a-zA-Z-]+")
CLOSED, PARTLY = "X99666", "X99667"
"""The organisation without an agreement, and the one whose agreement keeps CLASS back from the readers of OURS."""
CLASS, OURS = "allergies", "X99001"


def table(name: str) -> list[dict[str, str]]:
    """The rows of a table of fixtures/policy."""
    return list(csv.DictReader((TABLES / f"{name}.csv").read_text(encoding="utf-8").splitlines()))


FLAGS, TYPES, CELLS = table("flags"), table("types"), table("matrix")
READERS = {row["role"]: row for row in CELLS if (row["action"], row["purpose"], row["expected"]) == ("read_record", "TREAT", "permit")}
NUMBERS = [number for number in map(str, range(9990000000, 9990009999)) if valid(number)][50:]


@dataclass(frozen=True)
class Canaries:
    """people: person id to ask for by flag. numbers: their NHS numbers."""

    hub: Hub
    people: dict[str, str]
    numbers: dict[str, str]


def client(role: str, purpose: str = "TREAT", organisation: str = OURS) -> Requester:
    """A requester in a role; one user for each role."""
    return Requester(f"u-{role}", "Jo Adeyemi", role, organisation, "Northvale Community", purpose)


def expected(role: str, flag: dict[str, str], *, whole: bool, organisation: str = OURS) -> set[str]:
    """The words of a person that a role of an organisation may read. whole: in records as they were told, where a reader who is not shown a section is
    given no record of a type that belongs to no section for certain, or whose words may place it elsewhere."""
    row = READERS[role]
    masked = set() if flag["of_one_source"] == "opened" and role == "social-worker" else set(row["masked"].split())
    found = set()
    for number, seen_by in ((1, flag["of_one_source"]), (2, flag["of_the_other"])):
        if seen_by == "nobody" or (seen_by == "labelled" and row["restricted"] != "sees"):
            continue
        closed = masked | ({CLASS} if seen_by == "clause" and organisation == OURS else set())
        types = [t for t in TYPES if t["section"] not in closed and not (whole and closed and t["whole"])]
        found |= {word(flag["flag"], number, one) for one in types}
    if flag["address"] == "everybody":
        found |= {f"QX{flag['flag']}1Address"}
    return found


def word(flag: str, number: int, type_: dict[str, str]) -> str:
    """The word that a record of one source says."""
    return f"QX{flag}{number}{type_['type']}-{type_['section']}".replace("_", "-")


def _records(flag: str, number: int, **more: Any) -> list[dict[str, Any]]:
    shapes: dict[str, Any] = {
        "AllergyIntolerance": {"code": 0},
        "MedicationStatement": {"status": "active", "medicationCodeableConcept": 0},
        "Condition": {"code": 0},
        "Observation": {"status": "final", "code": 0, "valueString": "5"},
        "Encounter": {"status": "finished", "class": {"code": "AMB"}, "reasonCode": [0]},
        "Immunization": {"status": "completed", "vaccineCode": 0, "occurrenceDateTime": "2026-10-01"},
        "Flag": {"status": "active", "code": 0},
        "ServiceRequest": {"status": "active", "intent": "order", "code": 0},
        "Goal": {"lifecycleStatus": "active", "description": 0},
        "CarePlan": {"status": "active", "intent": "plan", "title": 1},
        "Procedure": {"status": "completed", "code": 0},
    }
    made = []
    for type_ in TYPES:
        said = f"{'Safeguarding enquiry ' if type_['section'] == 'safeguarding' else ''}{word(flag, number, type_)}"
        said += " key safe by the door" if flag == "way-in" and number == 2 else ""
        shape = {
            k: {"text": said} if v == 0 else said if v == 1 else [{"text": said}] if v == [0] else v
            for k, v in shapes[type_["type"]].items()
        }
        made.append({"type": type_["type"], "id": f"{type_['type']}{type_['section']}{number}", **shape, **more})
    return made


def _messages(flag: str, number: str, family: str) -> list[dict[str, Any]]:
    told = {"nhs": number, "born": "1944-05-01", "given": "Ada", "family": family, "at": "2026-11-20T08:00:00.000Z"}
    extra: dict[str, Any] = {"address": [{"line": [f"QX{flag}1Address"], "postalCode": "ZX10 1AB"}]}
    if flag == "deceased":
        extra["deceasedDateTime"] = "2026-11-10"
    if flag == "restricted":
        extra["meta"] = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
    label = {"meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}}
    more = _records(flag, 2, **(label if flag == "labelled" else {}))
    if flag == "objection":
        more.append(
            {
                "type": "Observation",
                "id": "no",
                "status": "final",
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "416409005"}]},
            }
        )
    other = {"no-agreement": CLOSED, "clause": PARTLY}.get(flag, "X99302")
    return [
        {"source": "X99301", "patient": f"{flag}1", **told, "extra": extra, "records": _records(flag, 1)},
        {"source": other, "patient": f"{flag}2", "kind": "acute", **told, "records": more},
    ]


def canary_hub() -> Canaries:
    """The hub, with everything done that a flag is about."""
    hub = toy_hub()
    numbers = {row["flag"]: NUMBERS[at] for at, row in enumerate(FLAGS)}
    for at, row in enumerate(FLAGS):
        submit(hub, *_messages(row["flag"], numbers[row["flag"]], f"Okafor{'abcdefghijklmnop'[at]}"))
    hub.drain()
    people = {flag: hub.store.links.find(nhs_number=number)[0] for flag, number in numbers.items()}
    people["merged"] = _merged(hub, people["merged"], numbers["merged"])
    closed = SharingAgreement(CLOSED, "Northvale Trust", SourceKind.ACUTE, True, False)
    clause = Clause("C1", frozenset({CLASS}), organisations=frozenset({OURS}))
    partly = SharingAgreement(PARTLY, "Southvale Trust", SourceKind.ACUTE, True, True, clauses=(clause,))
    object.__setattr__(hub.disclosing, "sharing", Sharing(Agreements((closed, partly))))
    wrong = RecordRef("X99302", "wrong-match2", "Patient").id
    Stewards(hub).report(NURSE, Doubt(people["wrong-match"], wrong, Why.OTHER_PERSON, "Not hers.", True))
    return Canaries(hub, people, numbers)


def in_an_emergency(held: Canaries) -> None:
    """Have the social worker open what the role is not shown; an access that stands goes on."""
    EmergencyAccess(held.hub).ask(
        client("social-worker"), held.people["emergency"], "treating", "Found confused at home, results needed now."
    )


def _merged(hub: Hub, person: str, number: str) -> str:
    """The id that a person had before it was found to be another one."""
    told = {
        "source": "X99303",
        "patient": "merged3",
        "born": "1944-05-01",
        "given": "Ada",
        "family": "Mbeki",
        "at": "2026-11-20T08:00:00.000Z",
    }
    submit(hub, {**told, "nhs": NUMBERS[40]})
    hub.drain()
    apart = hub.store.links.find(nhs_number=NUMBERS[40])[0]
    family = next(
        m["family"]
        for row, m in ((r, _messages(r["flag"], number, f"Okafor{'abcdefghijklmnop'[i]}")[0]) for i, r in enumerate(FLAGS))
        if row["flag"] == "merged"
    )
    submit(hub, {**told, "nhs": number, "family": family, "at": "2026-11-21T08:00:00.000Z"})
    hub.drain()
    return apart if hub.store.links.current_person(apart) != apart else person
