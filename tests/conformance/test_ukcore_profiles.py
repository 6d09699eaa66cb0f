"""What leaves the adapters, judged against the UK Core definitions by somebody else's validator (HAPI's), run as a program of its own.

Needs Java, the validator's libraries (`make profile-check` fetches them into .profile-check) and the published definitions beside the
project. Of resources that use the same elements and code systems one is judged: the rest could differ in values only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from carehub.fhir.canonical import dumps
from carehub.kit.cases import adapter_folders, message, read_folder
from carehub.terms.errors import Rejected
from carehub.wiring.loading import load_adapters
from conformance.validator import ROOT, TWO_SLICES, UK_CORE, judge

DATA = ROOT / ".." / "shared" / "data"

# Each kind of finding that is not held against us: what the validator says, and why it does not count.
ALLOWED = {
    r"hl7.org/fhir/[35].0/StructureDefinition/extension-.*is not valid": (
        "FHIR's own way to carry an element of STU3 or R5 that R4 has not; the validator has no definitions of those to check it against."
    ),
    TWO_SLICES: "Value sets of SNOMED CT cannot be expanded here.",
    r"'All Languages'|all-languages": (
        "The language is coded in the NHS's own list of languages, as UK Core's extensible intent and the senders have it; the source's code is kept."
    ),
}


def _shape(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name in ("system", "url", "profile"):
                yield f"{path}.{name}={json.dumps(part, default=str)}"
            yield from _shape(part, f"{path}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from _shape(part, path)
    else:
        yield path


def _mapped() -> Iterator[tuple[str, dict[str, Any]]]:
    """(where from, resource) of every case of every adapter, and of every published file that an adapter's feed can read."""
    adapters = load_adapters(ROOT / "adapters").adapters
    for folder in (read_folder(path) for path in adapter_folders(ROOT / "adapters")):
        adapter = adapters[folder.name]
        for case in folder.cases:
            yield from _told(adapter, case.message, f"{folder.name}/{case.slug}")
    for name, pattern, feed in (
        ("gp", "gp/**/*.json", "structured-record"),
        ("gp", "gp/**/*.xml", "gp2gp"),
        ("acute", "acute/**/*.hl7", "hl7v2"),
        ("acute", "acute/**/*.out", "hl7v2"),
        ("acute", "acute/nhsconnect*/**/*.xml", "itk3-documents"),
    ):
        adapter = adapters[name]
        for path in sorted((DATA / "feeds").glob(pattern)):
            for part in adapter.split(path.read_bytes()):
                yield from _told(adapter, message(adapter.manifest, part, feed=feed), path.name)


def _told(adapter: Any, told: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        mapped = adapter.map_message(told)
    except Rejected:
        return
    for record in mapped.records:
        if record.change == "snapshot":
            yield where, record.resource
        elif record.change == "update":
            yield where, adapter.revise({}, record.resource, record.clears)


@pytest.mark.java
@pytest.mark.real_feeds
def test_every_shape_of_resource_agrees_with_uk_core() -> None:
    one_of_each: dict[str, tuple[str, dict[str, Any]]] = {}
    for where, resource in _mapped():
        one_of_each.setdefault("\n".join(sorted({resource["resourceType"], *_shape(resource)})), (where, resource))
    assert len(one_of_each) > 200
    told = [(where, resource["resourceType"]) for where, resource in one_of_each.values()]
    wrong = []
    for found in judge((dumps(resource) for _, resource in one_of_each.values()), UK_CORE):
        if found.wrong and not any(re.search(allowed, found.words) for allowed in ALLOWED):
            wrong.append(f"{told[found.number][0]}: {found.place}: {found.words}")
    assert wrong == []
