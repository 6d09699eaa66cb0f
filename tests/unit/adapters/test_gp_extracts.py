"""GP2GP extracts against their published translations, field by field: every kind of difference is named here and explained in the README."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import loads
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.references import find
from carehub.fhir.ukcore import must_haves
from carehub.kit.cases import message
from carehub.terms.errors import Unmappable
from carehub.terms.moments import instant, iso
from carehub.wiring.loading import load_adapter

ROOT = Path(__file__).resolve().parents[3]
ADAPTER = load_adapter(ROOT / "adapters" / "gp")
DOCUMENT = next(module for name, module in sys.modules.items() if name.endswith(".gp.extract.document"))
FOLDER = next(iter((ROOT / ".." / "shared" / "data" / "feeds" / "gp").rglob("e2e-mapping")), None)
EXTRACTS = ("PWTP2", "PWTP7_vis", "PWTP11")

pytestmark = [pytest.mark.real_feeds, pytest.mark.skipif(FOLDER is None, reason="the published extracts are not beside the project")]

# Kinds of difference: path to (values only ours, values only theirs), under the reason the README gives. Anything else that differs fails.
WORDS_LOOKED_UP = {  # their translator has a terminology; ours are the sender's own words
    "AllergyIntolerance.code.coding.display": (2, 2),
    "Condition.code.coding.display": (11, 11),
    "Encounter.type.coding.display": (16, 16),
    "Medication.code.coding.display": (6, 6),
    "Observation.code.coding.display": (21, 21),
    "ProcedureRequest.code.coding.display": (1, 1),
    "ReferralRequest.reasonCode.coding.display": (1, 1),
    "Observation.valueQuantity.code": (0, 7),
    "Observation.valueQuantity.unit": (7, 7),
}
NOT_TOLD = {  # their translator fills in what the sender does not say
    "AllergyIntolerance.category": (0, 2),
    "Condition.clinicalStatus": (0, 2),
    "Condition.extension(ProblemSignificance-1).valueCode": (0, 1),
    "Condition.note.text": (0, 8),
    "DocumentReference.custodian.reference": (0, 7),
    "List.orderedBy.coding.code": (0, 108),
    "List.orderedBy.coding.display": (0, 108),
    "List.orderedBy.coding.system": (0, 108),
    "MedicationStatement.effectivePeriod.end": (0, 7),
    "MedicationStatement.extension(PrescribingAgency-1).valueCodeableConcept.coding.code": (0, 9),
    "MedicationStatement.extension(PrescribingAgency-1).valueCodeableConcept.coding.display": (0, 9),
    "MedicationStatement.extension(PrescribingAgency-1).valueCodeableConcept.coding.system": (0, 9),
}
ALSO_SAID = {  # we keep more of what the sender says
    "AllergyIntolerance.code.coding.code": (2, 0),
    "AllergyIntolerance.code.coding.display": (2, 0),
    "AllergyIntolerance.code.coding.system": (2, 0),
    "DocumentReference.content.attachment.title": (7, 0),
    "List.entry.item.reference": (2, 0),
    "MedicationStatement.note.text": (1, 0),
    "Observation.related.target.reference": (6, 0),
    "Observation.related.type": (6, 0),
    "Organization": (2, 0),
    "Organization.type.coding.code": (1, 0),
    "Organization.type.coding.system": (1, 0),
    "Patient.managingOrganization.reference": (3, 0),
    "PractitionerRole": (6, 0),
    "ReferralRequest.note.text": (4, 0),
}
SAID_OTHERWISE = {  # the same, in another place or in other words
    "AllergyIntolerance.note.text": (3, 3),
    "Condition.extension(RelatedClinicalContent-1).valueReference.reference": (0, 5),
    "DocumentReference.content.attachment.contentType": (3, 3),
    "DocumentReference.description": (3, 3),
    "Encounter.location.location.display": (27, 0),
    "Encounter.location.location.reference": (0, 27),
    "List.extension(RelatedProblemHeader-1).extension(target).valueReference.reference": (0, 1),
    "Location": (0, 4),
    "Observation.comment": (30, 30),
    "Observation.component.code.text": (0, 2),
    "Observation.component.valueString": (0, 2),
    "Observation.issued": (12, 12),
}
ONE_COURSE = {  # their translator makes a course of its own for each further issue of an acute medicine
    "MedicationRequest": (0, 1),
    "MedicationRequest.basedOn.reference": (1, 1),
    "MedicationStatement": (0, 1),
    "MedicationStatement.extension(MedicationStatementLastIssueDate-1).valueDateTime": (1, 1),
}
KINDS = (WORDS_LOOKED_UP, NOT_TOLD, ALSO_SAID, SAID_OTHERWISE, ONE_COURSE)


def test_every_value_agrees_or_differs_in_a_way_that_is_explained() -> None:
    only_ours: Counter[str] = Counter()
    only_theirs: Counter[str] = Counter()
    agreed = 0
    for name in EXTRACTS:
        made = told([one.resource for one in DOCUMENT.open_extract(body(name)).found])
        published = told([entry["resource"] for entry in loads(oracle(name))["entry"]])
        only_ours.update(re.split("[/ ]", key)[0] for key in made.keys() - published.keys())
        only_theirs.update(re.split("[/ ]", key)[0] for key in published.keys() - made.keys())
        for key in made.keys() & published.keys():
            agreed += sum((made[key] & published[key]).values())
            for path, _ in (made[key] - published[key]).elements():
                only_ours[path] += 1
            for path, _ in (published[key] - made[key]).elements():
                only_theirs[path] += 1
    explained: Counter[str] = Counter()
    theirs: Counter[str] = Counter()
    for kind in KINDS:
        for path, (here, there) in kind.items():
            explained[path] += here
            theirs[path] += there
    assert only_ours == +explained
    assert only_theirs == +theirs
    assert agreed > 4300


@pytest.mark.parametrize("name", EXTRACTS)
def test_an_extract_becomes_valid_records_and_nothing_of_it_is_lost(name: str) -> None:
    result = ours(name)
    assert {issue.number for issue in result.issues} <= {"MAP-007"}
    assert result.snapshot
    assert result.closes == ()
    known = {record.ref.reference for record in result.records}
    for record in result.records:
        assert check(record.resource) == ()
        assert explain(record.resource) == ()
        assert must_haves(record.resource) == ()
        assert {reference for _, reference in find(record.resource)} <= known


@pytest.mark.parametrize("name", EXTRACTS)
def test_the_extract_as_published_names_no_patient_and_is_refused(name: str) -> None:
    with pytest.raises(Unmappable, match="MAP-002"):
        ADAPTER.map_message(message(ADAPTER.manifest, body(name), feed="gp2gp"))


def body(name: str) -> bytes:
    assert FOLDER is not None
    return (FOLDER / "input-xml" / f"{name}.xml").read_bytes()


def oracle(name: str) -> bytes:
    assert FOLDER is not None
    return (FOLDER / "output-json" / f"{name}-output.json").read_bytes()


def ours(name: str) -> Mapped:
    """The extract with a number in the place of "Test Harness"."""
    return ADAPTER.map_message(message(ADAPTER.manifest, body(name).replace(b'"Test Harness"', b'"9990004110"'), feed="gp2gp"))


def flat(value: Any, names: dict[str, str], at: str) -> Iterator[tuple[str, str]]:
    """Every value of a resource with its path; extensions by their short name, instants in UTC, numbers without trailing noughts."""
    if isinstance(value, dict):
        url = str(value.get("url") or "")
        if at.endswith("extension") and url.endswith("sctdescid"):
            return
        if at.endswith("extension"):
            short = url.rpartition("/")[2].replace("Extension-CareConnect-", "").replace("GPC-", "")
            at, value = f"{at}({short})", {key: inner for key, inner in value.items() if key != "url"}
        for key, inner in value.items():
            yield from flat(inner, names, f"{at}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner, names, at)
    else:
        yield at, plain(names.get(value, value) if at.endswith(".reference") else value)


def plain(value: Any) -> str:
    said = " ".join(str(value).split())
    moment = instant(said)
    if moment is not None:
        return iso(moment)
    try:
        return str(Decimal(said).normalize())
    except InvalidOperation:
        return said


def told(resources: list[dict[str, Any]]) -> dict[str, Counter[tuple[str, str]]]:
    """Each resource by its id, or by its content where the translator counted; without what names it and whom it is about."""
    names = {}
    for resource in resources:
        kind, reference = resource["resourceType"], f"{resource['resourceType']}/{resource['id']}"
        if kind == "Medication":
            names[reference] = "Medication " + " ".join(sorted(coding["code"] for coding in resource["code"]["coding"]))
        elif kind in ("Location", "Patient", "Organization"):
            names[reference] = f"{kind} {resource.get('name', '')}".strip()
    dropped = ("resourceType", "id", "meta", "identifier", "subject", "patient")
    return {
        names.get(reference := f"{one['resourceType']}/{one['id']}", reference): Counter(
            flat({key: value for key, value in one.items() if key not in dropped}, names, one["resourceType"])
        )
        for one in resources
    }
