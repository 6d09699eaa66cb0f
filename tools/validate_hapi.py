"""Have a real HAPI FHIR R4 server's $validate judge everything that the demonstration serves: `make validate-hapi`."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent))

from hapi import absent, hapi
from ips_package import IPS
from served_answers import answers

_AT_ONCE = 2
_WORSE = {"fatal", "error"}
_VARIES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|\d{4}-\d\d-\d\d(?:T[0-9:.]+(?:Z|[+-]\d\d:\d\d))?")
_WITHIN = re.compile(r"entry(\[\d+\])?\.resource")
# What the validator cannot know, and so does not count: it is printed and counted apart.
UNKNOWABLE = {
    r"UKCore-Observation-Lab.*Element matches more than one slice": (
        "the profile slices code by two value sets of SNOMED CT, which cannot be expanded without a licence, so any code matches both"
    ),
}
if not IPS.is_dir():
    UNKNOWABLE[r"hl7\.org/fhir/uv/ips/"] = "the definitions of the International Patient Summary are not fetched (make profile-check)"
# A validator that finds nothing here finds nothing: a state that R4 has not, and nobody whose condition it is.
_PLANTED = {
    "resourceType": "Condition",
    "meta": {"profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Condition"]},
    "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "unheard-of"}]},
}


def _shortened(summary: Any) -> Any:
    """A patient summary without the three sections that it must have."""
    first, *entries = summary["entry"]
    short = {**first["resource"], "section": first["resource"]["section"][3:]}
    return {**summary, "entry": [{**first, "resource": short}, *entries]}


def judged(base: str) -> int:
    """Print what HAPI says of every answer, grouped and counted; how many errors it finds. Raises RuntimeError when it overlooks planted ones."""
    asked: Counter[str] = Counter()
    bodies: dict[str, Any] = {}
    for what, status, answer in answers():
        asked[f"{what} {status}"] += 1
        for body in _distinct(answer):
            bodies.setdefault(_key(body), body)
    found: dict[str, Counter[tuple[str, str]]] = {"error": Counter(), "unknowable": Counter(), "warning": Counter()}
    with httpx.Client(base_url=base, timeout=600) as client, ThreadPoolExecutor(_AT_ONCE) as pool:
        summary = next(body for body in bodies.values() if "Bundle-uv-ips" in str(body.get("meta")))
        for wrong in (_PLANTED, *([_shortened(summary)] if IPS.is_dir() else [])):
            if sum(severity == "error" for severity, *_ in _validated(client, wrong)) < 2:
                raise RuntimeError("the validator finds nothing wrong with what is wrong")
        for said in pool.map(lambda one: _validated(client, one), bodies.values()):
            for severity, where, words in said:
                unknowable = severity == "error" and any(re.search(pattern, words) for pattern in UNKNOWABLE)
                found["unknowable" if unknowable else severity][where, words] += 1
    for question, times in sorted(asked.items()):
        print(f"{times:6d}  {question}")
    for severity, kinds in found.items():
        print(f"\n{severity}: {sum(kinds.values())} of {len(kinds)} kinds")
        for (where, words), times in kinds.most_common():
            print(f"{times:6d}  {where}: {words}")
    counts = ", ".join(f"{severity} {sum(kinds.values())}" for severity, kinds in found.items())
    print(f"\n{sum(asked.values())} answers, {len(bodies)} distinct resources judged by HAPI: {counts}")
    return sum(found["error"].values())


def _distinct(answer: Any) -> Iterator[Any]:
    """The answer, and each resource in it."""
    if isinstance(answer, dict) and "resourceType" in answer:
        yield answer
        for entry in answer.get("entry", ()) if answer["resourceType"] == "Bundle" else ():
            yield from _distinct(entry.get("resource"))


def _key(body: Any) -> str:
    """What makes two resources one to a validator: they differ in ids, times and hashes only. A Bundle that is no document is its entries, each of
    which is judged by itself as well."""
    if body["resourceType"] == "Bundle" and body["type"] != "document":
        entries = {(*sorted(one), one.get("resource", {}).get("resourceType", ""), str(one.get("search"))) for one in body.get("entry", ())}
        return json.dumps([body["type"], sorted(body), sorted(entries)])
    return _VARIES.sub("", json.dumps(body, sort_keys=True))


def _validated(client: httpx.Client, body: Any) -> list[tuple[str, str, str]]:
    """(severity, where, words) of each error and warning, without what differs from one resource of a kind to the next."""
    # Parameters would be taken for those of the operation, so every resource is given inside them.
    asked = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": body}]}
    told = client.post(
        f"{body['resourceType']}/$validate", content=json.dumps(asked), headers={"Content-Type": "application/fhir+json"}
    ).json()
    said = []
    for issue in told["issue"]:
        severity = "error" if issue["severity"] in _WORSE else issue["severity"]
        where = (issue.get("expression") or issue.get("location") or [""])[0]
        # What is in a Bundle is judged by itself too: of its parts only errors are told again.
        if severity == "error" or (severity == "warning" and not _WITHIN.search(where)):
            place = re.sub(r"Parameters\.parameter(\[\d+\])?\.resource|\[\d+\]|/\*.*?\*/", "", where)
            said.append(
                (
                    severity,
                    f"{body['resourceType']}{place}",
                    re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\[\d+\]|(?<=@)[0-9a-f]+", "…", issue.get("diagnostics", "")),
                )
            )
    return said


def main() -> int:
    """0 when there is no error, or when this machine cannot run HAPI, which is said."""
    if why := absent():
        print(f"not run here: {why}")
        return 0
    with hapi() as base:
        return 1 if judged(base) else 0


if __name__ == "__main__":
    sys.exit(main())
