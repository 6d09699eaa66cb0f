"""The rules as they are put to work, beside a plain reading of the table, row by row: on resources made of what the rows speak of."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from carehub.fhir import ukcore
from carehub.fhir.ukcore_table import BASES, SLICES, TABLE
from carehub.terms.codes import ukcore as profile

Found = list[tuple[Any, str]]


def plainly(resource: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """(issue number, place) by the table's own words, each row from the resource down."""
    broken = []
    rows = "; ".join(TABLE[one] for one in (BASES.get(name, name), name) if one in TABLE)
    for row in dict.fromkeys(rows.split("; ")):
        path, said = row.split(" ", 1)
        *before, last = path.split(".")
        parents: Found = [(resource, resource["resourceType"])]
        for part in before:
            parents = [(item, f"{place}.{below}") for parent, place in parents for item, below in elements(parent, part)]
        for parent, place in parents:
            items = elements(parent, last)
            if said.startswith("= "):
                broken += [("GATE-019", f"{place}.{below}") for item, below in items if item != said[2:]]
                continue
            low, high = said.split("..")
            at = f"{place}.{last.partition(':')[0]}"
            if len(items) < int(low or 0):
                broken.append(("GATE-017", at))
            elif len(items) > int(high or 999):
                broken.append(("GATE-019", at))
    return list(dict.fromkeys(broken))[:20]


def elements(parent: Any, part: str) -> Found:
    found: Found = []
    name = part.partition(":")[0]
    for key in dict.fromkeys(key.removeprefix("_") for key in (parent if isinstance(parent, dict) else ())):
        if key == name or (name.endswith("[x]") and key.startswith(name[:-3])):
            value = parent.get(key, parent.get(f"_{key}"))
            found += [(item, f"{key}[{n}]") for n, item in enumerate(value)] if isinstance(value, list) else [(value, key)]
    belongs = SLICES.get(part, ())
    return [(item, at) for item, at in found if all(value in deep(item, *path.split(".")) for path, value in belongs)]


def deep(item: Any, *path: str) -> list[Any]:
    if isinstance(item, list):
        return [value for one in item for value in deep(one, *path)]
    if not path:
        return [item]
    return deep(item[path[0]], *path[1:]) if isinstance(item, dict) and path[0] in item else []


def made(name: str, dice: Random) -> dict[str, Any]:
    """A resource with some of the elements that the profile's rows name, none, one or several of each, right or wrong."""
    resource: dict[str, Any] = {"resourceType": name.partition("-")[0], "meta": {"profile": [profile(name)]}}
    rows = [row for one in (BASES.get(name, name), name) for row in TABLE[one].split("; ")]
    for row in dice.sample(rows, dice.randint(0, len(rows))):
        path, said = row.split(" ", 1)
        at: Any = resource
        for part in path.split(".")[:-1]:
            at = grown(at, part, dice)
        last = path.split(".")[-1]
        if said.startswith("= ") and not last.endswith("[x]"):
            at[last] = dice.choice([said[2:], "another"])
        elif dice.random() < 0.3:
            at[f"_{last.partition(':')[0].replace('[x]', 'String')}"] = {"id": "alone"}
        else:
            grown(at, last, dice)
    return resource


def grown(at: dict[str, Any], part: str, dice: Random) -> dict[str, Any]:
    """One more of this element under `at`, most often of the slice."""
    name = part.partition(":")[0].replace("[x]", "Quantity")
    one: dict[str, Any] = {}
    for path, value in SLICES.get(part, ()) if dice.random() < 0.8 else ():
        *before, last = path.split(".")
        inner = one
        for step in before:
            held = [{}] if step == "coding" else {}
            inner = inner.setdefault(step, held)
            inner = inner[0] if isinstance(inner, list) else inner
        inner[last] = value
    if name.endswith("Quantity") or name == "code":
        return at.setdefault(name, one) if isinstance(at.get(name, one), dict) else one
    held = at.setdefault(name, [])
    if isinstance(held, list):
        held += [one, *([dict(one)] if dice.random() < 0.2 else [])]
    return one


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_rules_say_what_the_rows_say(name: str) -> None:
    dice = Random(name)
    wrong = 0
    for _ in range(60):
        resource = made(name, dice)
        found = [(i.number, i.at) for i in ukcore.must_haves(resource)]
        assert found == plainly(resource, name), resource
        wrong += bool(found)
    assert wrong  # so the resources do try the rules
