"""The GP adapter against broken messages of both feeds: it maps or it is Rejected, its output stays valid, and it never tells what it read."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import dumps, loads
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.references import find
from carehub.fhir.ukcore import must_haves
from carehub.kit.cases import message, read_folder
from carehub.kit.golden import outcome
from carehub.terms.errors import Rejected
from carehub.wiring.loading import load_adapter

FOLDER = Path(__file__).resolve().parents[3] / "adapters" / "gp"
ADAPTER = load_adapter(FOLDER)
CASES = [case.message for case in read_folder(FOLDER).cases if not case.rejected]
RECORDS = [one.body for one in CASES if one.feed == "gp/structured-record"]
EXTRACTS = [one.body for one in CASES if one.feed == "gp/gp2gp"]

ROUNDS = 10_000
CHECKED_BY_MODELS = 200
SECRET = "Zebediah Secret 1944-03-09"
JUNK = [
    *(None, True, False, 0, -1, 1.5, 10**30, "", "  ", "x", [], {}, [1], {"a": 1}, ["x"], [None], [[]], [{}]),
    *("2010-02-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "24:00", "ÿ\u2028", "urn:uuid:1", "Patient/other", "#"),
    *(SECRET, [SECRET], {SECRET: SECRET}, {"reference": SECRET}, {"url": SECRET, "valueString": SECRET}),
]
KEYS = ("modifierExtension", "implicitRules", "_status", "extension", "contained", SECRET)
WORDS = [
    "",
    "x",
    SECRET,
    "20260231",
    "2026",
    "99999999999999",
    "-1",
    "1e9",
    "NaN",
    "0x1",
    "Infinity",
    "\u00ff\u2028",
    "9" * 400,
    "NULLIFIED",
    "NI",
]

Path_ = tuple[str | int, ...]


@pytest.mark.parametrize("how", ["record", "extract"])
def test_ten_thousand_broken_messages_are_mapped_or_rejected(how: str) -> None:
    breaks: Callable[[random.Random], bytes] = broken if how == "record" else broken_extract
    verdicts: Counter[str] = Counter()
    for seed in range(ROUNDS):
        result = outcome(ADAPTER, message(ADAPTER.manifest, breaks(random.Random(seed))))
        said = " ".join(f"{i.at} {i.about}" for i in result.issues)
        assert "Secret" not in said
        assert "Zebediah" not in said
        if isinstance(result, Rejected):
            verdicts["rejected"] += 1
            continue
        verdicts["mapped"] += 1
        _is_sound(result, seed)
    assert verdicts["mapped"] > ROUNDS // 4
    assert verdicts["rejected"] > ROUNDS // 50


def _is_sound(result: Mapped, seed: int) -> None:
    known = {record.ref.reference for record in result.records}
    assert len(known) == len(result.records)
    for record in result.records:
        assert {reference for _, reference in find(record.resource)} <= known
        assert check(record.resource) == ()
        assert must_haves(record.resource) == ()
        if seed % CHECKED_BY_MODELS == 0:
            assert explain(record.resource) == ()


def broken(chance: random.Random) -> bytes:
    """A record with one to three faults, or cut short."""
    body = chance.choice(RECORDS)
    if chance.random() < 0.08:
        return body[: chance.randrange(len(body))]
    value = loads(body)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        _break(value, chance)
    return dumps(value)


def _break(value: Any, chance: random.Random) -> None:
    path = chance.choice(list(_places(value, ())))
    parent = value
    for step in path[:-1]:
        parent = parent[step]
    kind = chance.random()
    if kind < 0.35:
        del parent[path[-1]]
    elif kind < 0.9 or not isinstance(parent, dict):
        parent[path[-1]] = copy.deepcopy(chance.choice(JUNK))
    else:
        parent[chance.choice(KEYS)] = copy.deepcopy(chance.choice(JUNK))


def _places(value: Any, path: Path_) -> Iterator[Path_]:
    steps: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from _places(inner, (*path, step))


def broken_extract(chance: random.Random) -> bytes:
    """An extract with one to four faults in its tree, cut short, or with bytes overwritten."""
    body = chance.choice(EXTRACTS)
    kind = chance.random()
    if kind < 0.05:
        return body[: chance.randrange(len(body))]
    if kind < 0.1:
        at = chance.randrange(len(body))
        return (
            body[:at] + chance.choice((b"<", b"&", b"\x00", b"\xff", b"]]>", b"<!DOCTYPE a>", b"</id>")) + body[at + chance.randrange(4) :]
        )
    root = fromstring(body)
    for _ in range(chance.choice((1, 1, 2, 3, 4))):
        _break_element(root, chance)
    return tostring(root)


def _break_element(root: Element, chance: random.Random) -> None:
    parents = [(parent, child) for parent in root.iter() for child in parent]
    parent, child = chance.choice(parents)
    kind = chance.randrange(8)
    if kind == 0:
        parent.remove(child)
    elif kind == 1:
        parent.append(copy.deepcopy(child))
    elif kind == 2:
        chance.choice(parents)[0].append(copy.deepcopy(child))
    elif kind == 3:
        child.tag = chance.choice(parents)[1].tag
    elif kind == 4 and child.attrib:
        child.attrib.pop(chance.choice(list(child.attrib)))
    elif kind == 5 and child.attrib:
        child.attrib[chance.choice(list(child.attrib))] = chance.choice(WORDS)
    elif kind == 6:
        child.text = chance.choice(WORDS)
    else:
        child.attrib[chance.choice(("value", "code", "root", "extension", "negationInd", "classCode", "nullFlavor"))] = chance.choice(WORDS)
