"""Generated feeds through a whole hub in memory: what stands at the end is what the generator says is so, in whatever order it came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from carehub.feeds.adapter import Adapter
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import loads
from carehub.fhir.resource import Resource, many
from carehub.store.stored import StoredRecord
from carehub.terms.refs import RecordRef
from carehub.wiring.loading import load_adapter
from hub.toy_hub import toy_hub
from unit.generators.making import GENERATORS

ADAPTERS = Path(__file__).resolve().parents[2] / "adapters"


@dataclass
class Standing:
    """What stands in the hub: source records that are current and those that were withdrawn, with what each source calls them."""

    refs: dict[str, RecordRef]
    records: dict[str, StoredRecord]
    truth: tuple[dict[str, Any], ...]

    def of(self, kind: str, *, withdrawn: bool = False) -> Iterator[tuple[RecordRef, Resource]]:
        for record in self.records.values():
            if record.type == kind and record.withdrawn == withdrawn:
                yield self.refs[record.id], loads(record.body)

    def identified(self, kind: str, value: str, *, withdrawn: bool = False) -> list[Resource]:
        """Records with an identifier of this value."""
        return [found for _, found in self.of(kind, withdrawn=withdrawn) if value in many(found, "identifier", "value")]


def _standing(name: str, seed: int, *, backwards: bool = False) -> Standing:
    made = GENERATORS[name](seed)
    adapter = load_adapter(ADAPTERS / made.submissions[0].feed.partition("/")[0])
    refs: dict[str, RecordRef] = {}
    hub = toy_hub(_remembering(adapter, refs))
    submissions = [
        Submission(one.feed, one.body, f"{one.received}T06:00:00.000Z", "test", f"{n}-{one.name}") for n, one in enumerate(made.submissions)
    ]
    for one in reversed(submissions) if backwards else submissions:
        hub.receive([one])
    hub.drain()
    return Standing(refs, hub.store.records.current(refs), made.truth)


def _remembering(adapter: Adapter, refs: dict[str, RecordRef]) -> Adapter:
    """The adapter, and what it calls each record noted by the id the hub knows it by."""

    def map_message(message: Message) -> Mapped:
        mapped = adapter.map_message(message)
        refs.update({record.ref.id: record.ref for record in mapped.records})
        return mapped

    return replace(adapter, map_message=map_message)


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_hospital_pathways_end_as_they_ended(backwards: bool) -> None:
    standing = _standing("adt", 1, backwards=backwards)
    wrong = []
    for one in standing.truth:
        if visit := one.get("visit"):
            states = [found.get("status") for found in standing.identified("Encounter", visit)]
            if states != [one["status"]]:
                wrong.append(f"{one['pathway']}: {states}, not {one['status']}")
        if one.get("dead"):
            (person,) = standing.identified("Patient", one["number"])
            if not ("deceasedDateTime" in person or person.get("deceasedBoolean")):
                wrong.append(f"{one['pathway']}: not dead")
        if one.get("phone") == "":
            (person,) = standing.identified("Patient", one["number"])
            wrong += [f"{one['pathway']}: still has a telephone" for _ in person.get("telecom", ())]
    assert wrong == []


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_a_month_submitted_again_replaces_the_month(backwards: bool) -> None:
    standing = _standing("csds", 1, backwards=backwards)
    activities = {local for one in standing.truth for local in one["activities"]}
    told = {ref.local: ref for kind in ("Procedure", "Observation") for ref, _ in standing.of(kind) if "CA" in ref.local}
    current = {next((key for key in activities if key in local), local) for local in told}
    assert {local for local in activities if not any(local in found for found in told)} == set()
    assert current == activities
    gone = [ref.local for kind in ("Procedure", "Observation") for ref, _ in standing.of(kind, withdrawn=True)]
    assert gone


def test_a_council_record_keeps_what_a_file_crops_and_loses_nobody() -> None:
    standing = _standing("cld", 1)
    locals_ = {value for _, found in standing.of("Patient") for value in many(found, "identifier", "value")}
    assert {one["local"] for one in standing.truth} <= locals_
    episodes = [ref for ref, _ in standing.of("EpisodeOfCare", withdrawn=True)]
    assert episodes == []
    cropped = [one for one in standing.truth if one["kind"] == "cropped"]
    for one in cropped:
        assert [ref for ref, _ in standing.of("EpisodeOfCare") if one["local"] in ref.patient]


def test_a_later_version_of_a_plan_takes_back_what_it_leaves_out() -> None:
    standing = _standing("support-plans", 1)
    for one in standing.truth:
        goals = [found for ref, found in standing.of("Goal") if one["plan"] in ref.local]
        said = {text for found in goals for text in many(found, "description", "text")}
        assert said == (set() if one["status"] == "withdrawn" else set(one["goals"])), one["plan"]


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_a_referral_stands_as_the_last_list_tells_it(backwards: bool) -> None:
    standing = _standing("referrals", 1, backwards=backwards)
    ended = {"received": "active", "accepted": "active", "declined": "revoked", "closed": "completed", "consent withdrawn": None}
    for one in standing.truth:
        found = [request["status"] for request in standing.identified("ServiceRequest", one["referral"])]
        wanted = ended[one["second"] or one["first"]]
        assert found == ([wanted] if wanted else []), one["referral"]
    refused = [found for _, found in standing.of("Consent")]
    assert len(refused) == sum(one["second"] == "consent withdrawn" for one in standing.truth)
