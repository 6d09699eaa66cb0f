"""Invented input for benches: a UK ADT of twelve segments, and a GP Connect record. Same numbers, same bytes, on every run."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

_START = datetime(2026, 1, 5, 6)  # noqa: DTZ001 - HL7 v2 times of UK hospitals carry no zone
_GIVEN = ["Ada", "Bilal", "Carys", "Dev", "Efua", "Farah", "Gwen", "Hana", "Idris", "Joan", "Kofi", "Leila", "Mina", "Nia", "Omar", "Priya"]
_FAMILY = [
    "Ashdown",
    "Birchall",
    "Cawood",
    "Denholm",
    "Eastgate",
    "Farrow",
    "Garside",
    "Hollin",
    "Ibbotson",
    "Jagger",
    "Kershaw",
    "Lofthouse",
]
_STREET = ["Alder Row", "Beck Lane", "Cinder Hill", "Dyer Street", "Elm Grove", "Fell View"]
_DRUGS = [
    "amlodipine 5mg tablets",
    "bisoprolol 2.5mg tablets",
    "metformin 500mg tablets",
    "paracetamol 500mg tablets",
    "ramipril 5mg capsules",
]


def nhs_numbers(count: int) -> list[str]:
    """The first `count` usable numbers of the test range."""
    numbers: list[str] = []
    base = 999_000_000
    while len(numbers) < count:
        digits = str(base)
        check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            numbers.append(digits + str(0 if check == 11 else check))
        base += 1
    return numbers


def _segment(name: str, fields: dict[int, str]) -> str:
    return "|".join([name, *(fields.get(n, "") for n in range(1, max(fields) + 1))])


def adt_messages(count: int, people: int, seed: int = 7, first: int = 0) -> list[bytes]:
    """`count` ADT messages (A01, A02, A08, A03 in turn) about `people` persons, from the `first` on, each with 12 segments.

    A person's messages come six hours apart by the hospital's clock, in order."""
    dice = random.Random(seed)
    numbers = nhs_numbers(first + people)
    told: list[bytes] = []
    for n in range(count):
        who = first + n % people
        event = ("A01", "A02", "A08", "A03")[(n // people) % 4]
        given, family = _GIVEN[who % len(_GIVEN)], _FAMILY[who // len(_GIVEN) % len(_FAMILY)]
        born = f"{1930 + who % 70}{1 + who % 12:02d}{1 + who % 28:02d}"
        at = f"{_START + timedelta(hours=6 * (n // people), minutes=dice.randrange(300), seconds=n % 60):%Y%m%d%H%M%S}"
        address = f"{1 + who % 200} {_STREET[who % len(_STREET)]}^^Northvale^^ZX{who % 90 + 10} {who % 9 + 1}AB^GBR^HOME"
        told.append(
            "\r".join(
                [
                    f"MSH|^~\\&|PAS|X9901|CAREHUB|HUB|{at}||ADT^{event}|{n + 1:08d}|P|2.4|||AL|NE|GBR|UNICODE UTF-8",
                    f"EVN|{event}|{at}|||C100^Reid^Mara^^^Dr",
                    _segment(
                        "PID",
                        {
                            1: "1",
                            3: f"M{who:07d}^^^X9901^MR~{numbers[who]}^^^NHS^NH",
                            5: f"{family}^{given}^^^Ms",
                            7: born,
                            8: "F",
                            11: address,
                        }
                        | {13: f"020 7946 0{who % 1000:03d}^PRN", 22: "A^White - British"},
                    ),
                    "PD1|||ELMFIELD SURGERY^^X99002|G9990001^Khan^Amir^^^Dr",
                    f"NK1|1|{family}^Rowan|SPO^Spouse|{address}|020 7946 0{(who + 1) % 1000:03d}",
                    f"NK1|2|{family}^Kit|CHD^Child|{address}|020 7946 0{(who + 2) % 1000:03d}",
                    _segment(
                        "PV1",
                        {
                            1: "1",
                            2: "I",
                            3: f"WARD{n % 7}^BAY{n % 4}^BED{n % 9}^X9901",
                            4: "21",
                            7: "C200^Voss^Ilse^^^Dr",
                            10: "300",
                            14: "19",
                            19: f"V{who:09d}^^^^VISITID",
                            44: at,
                        },
                    ),
                    "PV2||||||||20261201",
                    "AL1|1|DA|91936005^Allergy to penicillin^SCT|MO|Rash|20190412",
                    "AL1|2|FA|91935009^Allergy to peanut^SCT|SV|Anaphylaxis|20010601",
                    f"DG1|1||I10^Essential hypertension^I10||{at[:8]}|A",
                    f"DG1|2||E11.9^Type 2 diabetes mellitus^I10||{at[:8]}|F",
                ]
            ).encode()
            + b"\r"
        )
    return told


def gp_records(count: int, medicines: int = 30, observations: int = 60) -> Iterator[bytes]:
    """`count` GP Connect structured records (STU3), each of one person, about 170 resources each."""
    for n, number in enumerate(nhs_numbers(count)):
        yield json.dumps(_gp_record(n, number, medicines, observations)).encode()


def gp_record_of(size: int, who: int = 0, later: int = 0) -> bytes:
    """The GP Connect record of the person `who`, of about `size` resources, in the proportions of `gp_records`: half medicines, a third observations.

    later: as it is so many minutes on (below 60), one observation having another value each time.
    """
    medicines, problems = max(1, size // 6), max(1, size // 17)
    observations = max(1, size - 4 - 3 * medicines - problems)
    return json.dumps(_gp_record(who, nhs_numbers(who + 1)[who], medicines, observations, problems, later)).encode()


def _gp_record(n: int, number: str, medicines: int, observations: int, problems: int = 10, later: int = 0) -> dict[str, object]:
    def id_(kind: str, k: int = 0) -> str:
        return str(UUID(int=(n << 64) + hash_of(kind) * 100_000 + k))

    patient = {"reference": f"Patient/{id_('Patient')}"}
    practitioner = {"reference": f"Practitioner/{id_('Practitioner')}"}
    system = "https://EMISWeb/X99002"
    entries: list[dict[str, object]] = [
        {
            "resourceType": "Patient",
            "id": id_("Patient"),
            "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number}],
            "name": [{"use": "official", "family": _FAMILY[n % len(_FAMILY)], "given": [_GIVEN[n % len(_GIVEN)]]}],
            "gender": "female",
            "birthDate": f"{1930 + n % 70}-{1 + n % 12:02d}-{1 + n % 28:02d}",
            "managingOrganization": {"reference": f"Organization/{id_('Organization')}"},
        },
        {
            "resourceType": "Organization",
            "id": id_("Organization"),
            "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "X99002"}],
            "name": "Elmfield Surgery",
        },
        {"resourceType": "Practitioner", "id": id_("Practitioner"), "name": [{"family": "Khan", "given": ["Amir"]}]},
    ]
    for k in range(medicines):
        drug = {"coding": [{"system": "http://snomed.info/sct", "code": str(300000000 + k), "display": _DRUGS[k % len(_DRUGS)]}]}
        medication = {"reference": f"Medication/{id_('Medication', k)}"}
        plan = id_("MedicationRequest", k)
        entries.append({"resourceType": "Medication", "id": id_("Medication", k), "code": drug})
        entries.append(
            {
                "resourceType": "MedicationRequest",
                "id": plan,
                "identifier": [{"system": system, "value": plan}],
                "status": "active",
                "intent": "plan",
                "medicationReference": medication,
                "subject": patient,
                "authoredOn": "2025-03-04T10:00:00+00:00",
                "recorder": practitioner,
                "dosageInstruction": [{"text": "One to be taken each day"}],
                "dispenseRequest": {"quantity": {"value": 28, "unit": "tablet"}},
            }
        )
        entries.append(
            {
                "resourceType": "MedicationStatement",
                "id": f"{plan}-MS",
                "identifier": [{"system": system, "value": f"{plan}-MS"}],
                "basedOn": [{"reference": f"MedicationRequest/{plan}"}],
                "status": "active",
                "medicationReference": medication,
                "effectivePeriod": {"start": "2025-03-04"},
                "dateAsserted": "2025-03-04T10:00:00+00:00",
                "subject": patient,
                "taken": "unk",
                "dosage": [{"text": "One to be taken each day"}],
            }
        )
    for k in range(observations):
        entries.append(
            {
                "resourceType": "Observation",
                "id": id_("Observation", k),
                "identifier": [{"system": system, "value": id_("Observation", k)}],
                "status": "final",
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "75367002", "display": "Blood pressure"}]},
                "subject": patient,
                "effectiveDateTime": f"2025-{1 + k % 12:02d}-{1 + k % 28:02d}T09:10:00+00:00",
                "issued": f"2025-{1 + k % 12:02d}-{1 + k % 28:02d}T09:10:00+00:00",
                "performer": [practitioner],
                "valueQuantity": {
                    "value": 120 + k + (later if k == 0 else 0),
                    "unit": "mmHg",
                    "system": "http://unitsofmeasure.org",
                    "code": "mm[Hg]",
                },
            }
        )
    for k in range(problems):
        entries.append(
            {
                "resourceType": "Condition",
                "id": id_("Condition", k),
                "identifier": [{"system": system, "value": id_("Condition", k)}],
                "clinicalStatus": "active",
                "category": [{"coding": [{"system": "http://hl7.org/fhir/condition-category", "code": "problem-list-item"}]}],
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": str(38341000 + k), "display": f"Problem {k}"}]},
                "subject": patient,
                "onsetDateTime": "2019-02-03",
                "assertedDate": "2019-02-03T09:00:00+00:00",
                "asserter": practitioner,
            }
        )
    entries.append(
        {
            "resourceType": "List",
            "status": "current",
            "mode": "snapshot",
            "title": "Medications and medical devices",
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "933361000000108"}]},
            "subject": patient,
            "date": f"2026-0{1 + n % 9}-01T06:{later:02d}:00+00:00",
            "entry": [{"item": {"reference": f"MedicationStatement/{id_('MedicationRequest', k)}-MS"}} for k in range(medicines)],
        }
    )
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource} for resource in entries]}


def hash_of(kind: str) -> int:
    """A small number for a type name, the same on every run."""
    return sum(ord(letter) * 31**k for k, letter in enumerate(kind[:8])) % 99_991
