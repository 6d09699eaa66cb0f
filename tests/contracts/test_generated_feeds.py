"""Generated feeds through their adapters: generator and adapter were written apart, from the same specification."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from carehub.feeds.adapter import Adapter
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.gate import check
from carehub.fhir.resource import identifiers
from carehub.terms import nhs_number
from carehub.terms.errors import CarehubError, Rejected
from carehub.wiring.loading import load_adapter
from unit.generators.making import GENERATORS

ADAPTERS = Path(__file__).resolve().parents[2] / "adapters"
SEEDS = (1, 2, 3)


def _adapter(feed: str) -> Adapter:
    name, _, stream = feed.partition("/")
    if not (ADAPTERS / name / "adapter.py").is_file():
        pytest.skip(f"there is no adapter {name} yet")
    adapter = load_adapter(ADAPTERS / name)
    if stream not in {one.name for one in adapter.manifest.feeds}:
        pytest.skip(f"the adapter {name} has no feed {stream} yet")
    return adapter


def _answers(name: str, seed: int) -> tuple[Any, list[Mapped | Rejected]]:
    """Every message of every submission with its answer. Anything but a result or a refusal fails the test where it is raised."""
    made = GENERATORS[name](seed)
    adapter = _adapter(made.submissions[0].feed)
    answers: list[Mapped | Rejected] = []
    for one in made.submissions:
        try:
            parts = list(adapter.split(one.body))
        except CarehubError:
            parts = [one.body]
        for n, part in enumerate(parts):
            try:
                answers.append(
                    adapter.map_message(Message(f"{one.name}-{n}", n + 1, one.name, n, one.feed, f"{one.received}T06:00:00.000Z", part))
                )
            except Rejected as refusal:
                answers.append(refusal)
    return made, answers


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", GENERATORS)
def test_every_message_is_answered_and_what_is_told_passes_the_gate(name: str, seed: int) -> None:
    made, answers = _answers(name, seed)
    assert len(answers) >= len(made.submissions)
    wrong = Counter(
        f"{record.ref.type} {found.number} at {found.at}"
        for answer in answers
        if isinstance(answer, Mapped)
        for record in answer.records
        if record.change == "snapshot"
        for found in check(record.resource)
    )
    assert wrong == Counter()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", GENERATORS)
def test_what_the_specification_allows_is_not_refused(name: str, seed: int) -> None:
    _, answers = _answers(name, seed)
    refused = Counter(str(answer) for answer in answers if isinstance(answer, Rejected))
    assert refused == Counter()


@pytest.mark.parametrize("name", GENERATORS)
def test_no_nhs_number_is_read_that_is_not_in_the_truth(name: str) -> None:
    made, answers = _answers(name, 1)
    read = {number for a in answers if isinstance(a, Mapped) for r in a.records for number in identifiers(r.resource, nhs_number.SYSTEM)}
    told = b"".join(one.body for one in made.submissions).replace(b" ", b"").decode("utf-8", "replace")
    assert read
    assert [number for number in read if number not in told or nhs_number.valid(number) is None] == []
