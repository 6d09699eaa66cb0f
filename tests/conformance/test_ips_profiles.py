"""Everybody's `$summary`, judged by HAPI's validator against the published definitions of the International Patient Summary 2.0.0.

The summary claims Bundle-uv-ips and Composition-uv-ips of that version; `make profile-check` fetches them. What the validator warns of is known by
kind, and docs/api.md lists the kinds. SNOMED CT and LOINC are not here, so a code's membership of one of the guide's value sets is not judged.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.fhir.canonical import dumps
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.demo import PERSONAS, demo_settings, load_caseload, load_cast
from conformance.validator import IPS, TWO_SLICES, UK_CORE, judge
from doors.api.conftest import digest
from hub.toy_hub import NURSE, submit, toy_hub, without_relationships

Body = dict[str, Any]
READERS = {"nurse": PERSONAS[0], "link worker": PERSONAS[4]}
REQUIRED = {"Medications": "Medication Summary", "Allergies": "Allergies and Intolerances", "Problems": "Problem List"}

# Each kind of warning, and why it stands. docs/api.md lists them too.
KNOWN = {
    r"dom-6": "The guide asks for narrative in the sections of the Composition only (Design Conventions, Rationale for Narrative Requirements).",
    r"Unable to expand ValueSet.*(snomed\.info/sct|loinc\.org)": "Neither terminology is here: membership of such a value set is not judged.",
    r"value set '(UK Core Condition Category|Condition Category Codes|Problem Type - IPS)'": "The sender's own category, kept as sent.",
    r"value set 'UK Core Medication Request Course Of Therapy'": "The sender's own code, kept as sent.",
    r"value set 'UK Core Pathology And Laboratory Medicine Observables'": "A laboratory's own code, kept as sent.",
    r"value set 'IdentifierType'": "The sender says the type of an identifier in words.",
    r"all observations should have a performer": "The sender names none.",
    r"UCUM Codes that contain human readable annotations": "The unit as sent: mL/min/{1.73_m2}.",
}


def summaries(hub: Any, readers: dict[str, Any]) -> Iterator[tuple[str, Body]]:
    """(who reads of whom, the summary) of every person of a hub by every reader."""
    app = create_api(hub, Credentials({}, {digest(name): one for name, one in readers.items()}), max_body_bytes=1000)
    with TestClient(app, base_url="http://carehub.test/fhir/R4") as client:
        for person in hub.store.links.persons():
            for name in readers:
                told = client.get(f"Patient/{person}/$summary", headers={"Authorization": f"Bearer {name}"})
                assert told.status_code == 200
                yield f"{name} of {person}", told.json()


def nobody_known() -> Body:
    """The summary of somebody of whom a source has sent a number of its own, and nothing else."""
    hub = toy_hub()
    submit(hub, {"source": "gp", "patient": "1", "at": "2026-11-20T08:00:00.000Z"})
    hub.drain()
    ((_, summary),) = summaries(hub, {"nurse": NURSE})
    return summary


def sections(summary: Body) -> dict[str, Body]:
    return {one["title"]: one for one in summary["entry"][0]["resource"]["section"]}


def _without(title: str) -> Callable[[Body], None]:
    def spoil(summary: Body) -> None:
        summary["entry"][0]["resource"]["section"].remove(sections(summary)[title])

    return spoil


def _says_no_reason(summary: Body) -> None:
    section = sections(summary)["Problem List"]
    section.pop("entry", None)
    section.pop("emptyReason", None)


def _of_two_people(summary: Body) -> None:
    summary["entry"].append(
        {"fullUrl": "http://carehub.test/fhir/R4/Patient/other", "resource": {**summary["entry"][1]["resource"], "id": "other"}}
    )


def _born_never(summary: Body) -> None:
    summary["entry"][1]["resource"].pop("birthDate", None)
    summary["entry"][1]["resource"].pop("_birthDate", None)


# What is done to a summary, and what the validator must say of it.
SPOILED: dict[str, tuple[Callable[[Body], None], str]] = {
    **{f"without {title}": (_without(title), f"section{slice}") for slice, title in REQUIRED.items()},
    "an empty section without a reason": (_says_no_reason, "ips-comp-1"),
    "two Patients": (_of_two_people, r"entry:patient: max allowed = 1"),
    "no birth date, and no word on it": (_born_never, r"'Bundle\.entry:patient'"),
}


@pytest.mark.java
@pytest.mark.ips
@pytest.mark.real_feeds
def test_everybodys_summary_is_an_international_patient_summary(tmp_path) -> None:
    hub = without_relationships(build_hub(demo_settings(tmp_path)))
    load_cast(hub, quiet=True)
    load_caseload(hub)
    told = dict(summaries(hub, READERS))
    hub.store.close()
    assert len(told) > 40
    assert any("withheld" in str(section.get("emptyReason")) for summary in told.values() for section in sections(summary).values())
    told["nobody known"] = nobody_known()
    assert all("emptyReason" in sections(told["nobody known"])[title] for title in REQUIRED.values())
    good = len(told)
    for name, (spoil, _) in SPOILED.items():
        told[name] = copy.deepcopy(told["nobody known"])
        spoil(told[name])
    names = list(told)
    found = list(judge(map(dumps, told.values()), UK_CORE, IPS))
    wrong = [one for one in found if one.wrong and not re.search(TWO_SLICES, one.words)]
    assert [f"{names[one.number]}: {one.place}: {one.words}" for one in wrong if one.number < good] == []
    for name, (_, words) in SPOILED.items():
        assert any(re.search(words, one.words) for one in wrong if names[one.number] == name), name
    warned = {one.words for one in found if not one.wrong and one.number < good}
    assert {words for words in warned if not any(re.search(known, words) for known in KNOWN)} == set()
    assert [known for known in KNOWN if not any(re.search(known, words) for words in warned)] == []
