"""A lane over dictionaries, and the table of links that identity tests assert."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from carehub.identity import linking
from carehub.identity.demographics import Demographics, read
from carehub.identity.links import Link, MatchResult, Member, Review, StandingMerge
from carehub.identity.rulings import Answer, Ruling, Steward, TakingBack
from carehub.identity.scales import Scales


class DictLane:
    """The read methods of the store's Lane, and `take` in place of its commit. scales: what it weighs evidence with, None for nothing."""

    def __init__(self, scales: Scales | None = None) -> None:
        self.scales = scales
        self.member: dict[str, Member] = {}
        self.link: dict[str, Link] = {}
        self.merge: dict[tuple[str, str, str], StandingMerge] = {}
        self.review: dict[tuple[str, str], Review] = {}
        self.redirect: dict[str, str] = {}
        self.founders: dict[str, int] = {}
        self.persons_ever: list[str] = []
        self.ruling: dict[str, Ruling] = {}
        self.neighbour: dict[str, tuple[str, ...]] = {}
        self.reads = 0

    def members(self, patients: Iterable[str]) -> dict[str, Member]:
        self.reads += 1
        return {p: self.member[p] for p in patients if p in self.member}

    def sharing(self, keys: Iterable[str]) -> list[Member]:
        self.reads += 1
        wanted = set(keys)
        return [m for _, m in sorted(self.member.items()) if m.match_key in wanted or wanted & set(m.blocking_keys)]

    def bearing(self, keys: Iterable[int], most: int) -> dict[int, list[str]]:
        self.reads += 1
        return {key: [p for p, m in sorted(self.member.items()) if key in m.near_keys][:most] for key in keys}

    def neighbours(self, patients: Iterable[str]) -> dict[str, tuple[str, ...]]:
        self.reads += 1
        return {p: self.neighbour[p] for p in patients if p in self.neighbour}

    def of_persons(self, persons: Iterable[str]) -> list[Member]:
        self.reads += 1
        wanted = set(persons)
        return [m for _, m in sorted(self.member.items()) if m.person in wanted]

    def links(self, patients: Iterable[str]) -> dict[str, Link]:
        self.reads += 1
        return {p: self.link[p] for p in patients if p in self.link}

    def merges(self, patients: Iterable[str]) -> list[StandingMerge]:
        self.reads += 1
        wanted = set(patients)
        return [row for _, row in sorted(self.merge.items()) if row.surviving in wanted or row.subsumed in wanted]

    def founded(self, patients: Iterable[str]) -> dict[str, int]:
        self.reads += 1
        return {patient: self.founders.get(patient, 0) for patient in patients}

    def rulings(self, patients: Iterable[str]) -> list[Ruling]:
        self.reads += bool(self.ruling)  # a store knows that there are none without looking
        wanted = set(patients)
        return [ruling for _, ruling in sorted(self.ruling.items()) if wanted & set(ruling.named)]

    def take(self, settled: linking.Settlement) -> linking.Settlement:
        for member in settled.members:
            self.member[member.patient] = member
            if member.person not in self.persons_ever:
                self.persons_ever.append(member.person)
        self.link.update({link.patient: link for link in settled.links if link.result is MatchResult.MATCH})
        for patient in settled.gone:
            del self.member[patient], self.link[patient]
        self.merge.update({(row.message, row.surviving, row.subsumed): row for row in settled.merges})
        gone = set(settled.reviewed)
        self.review = {pair: r for pair, r in self.review.items() if not gone & set(pair)}
        self.review.update({(r.a, r.b): r for r in settled.reviews})
        self.neighbour.update(settled.neighbours)
        self.redirect.update(settled.redirects)
        self.ruling.update({ruling.id: ruling for ruling in settled.rulings})
        for patient in settled.founders:
            self.founders[patient] = self.founders.get(patient, 0) + 1
        return settled

    def tell(self, patient: str, demographics: Demographics) -> linking.Settlement:
        return self.take(linking.settle([linking.Touched(patient, demographics)], [], self, scales=self.scales))

    def merged(self, surviving: str, subsumed: str, at: str = "2026-01-01T00:00:00.000Z", undone: bool = False) -> linking.Settlement:
        row = StandingMerge(surviving, subsumed, f"m-{surviving}-{subsumed}-{at}-{undone}", 0, at, undone)
        return self.take(linking.settle([], [row], self, scales=self.scales))

    def rule(self, answer: Answer, record: str, other: str = "", *, position: int = 0, by: str = "jo", **more: Any) -> linking.Settlement:
        """A steward rules, having seen the two persons whole."""
        at = position or len(self.ruling) + 1
        mine, theirs = (self.with_(p) if p else () for p in (record, other))
        sides: dict[str, Any] = {"records": mine, "others": tuple(p for p in theirs if p not in mine)}
        if other in mine:
            sides = {"records": (record,), "others": (other,)}
        if answer in (Answer.LINK, Answer.UNLINK):
            left = tuple(p for p in mine if p not in (record, *sides["others"]))
            sides = {"records": (record,), "others": sides["others"], "left": left}
        ruling = Ruling(
            answer, by=Steward(by, by, "steward", "X9A01"), at="2026-11-20", reason="", id=f"w{at:03}", position=at, **sides, **more
        )
        return self.take(linking.settle([], [], self, (), [ruling], self.scales))

    def take_back(self, ruling: str) -> linking.Settlement:
        held = self.ruling[ruling]
        back = TakingBack(ruling, held.named, held.by, "2026-11-21", "")
        return self.take(linking.settle([], [], self, (), [replace(held, taken_back=back)], self.scales))

    def with_(self, patient: str) -> tuple[str, ...]:
        """The record, then those of its person."""
        person = self.member[patient].person
        return (patient, *(p for p, m in sorted(self.member.items()) if m.person == person and p != patient))

    def partition(self) -> frozenset[frozenset[str]]:
        persons: dict[str, set[str]] = {}
        for patient, member in self.member.items():
            persons.setdefault(member.person, set()).add(patient)
        return frozenset(frozenset(records) for records in persons.values())

    def table(self) -> str:
        """Links, then reviews, one a line; persons are numbered in the order of their first record."""
        numbers: dict[str, str] = {}
        lines = []
        for patient, link in sorted(self.link.items()):
            name = numbers.setdefault(link.person, f"person-{len(numbers) + 1}")
            lines.append(f"{name} {link.source} {link.result} {patient} {link.rule}")
        lines += [f"review {r.result} {r.a} ~ {r.b} {r.rule}" for _, r in sorted(self.review.items())]
        return "\n".join(lines)


def patient(
    number: str = "",
    born: str = "",
    given: str = "",
    family: str = "",
    *,
    postcode: str = "",
    status: str = "01",
    gender: str = "",
    phone: str = "",
    old: Sequence[str] = (),
    died: str = "",
    kind: str = "gp",
) -> Demographics:
    """Demographics read from a Patient with these values."""
    resource: dict[str, Any] = {"resourceType": "Patient"}
    if number:
        identifier: dict[str, Any] = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number}
        if status:
            url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
            identifier["extension"] = [{"url": url, "valueCodeableConcept": {"coding": [{"code": status}]}}]
        resource["identifier"] = [identifier]
    resource.setdefault("identifier", []).extend(
        {"use": "old", "system": "https://fhir.nhs.uk/Id/nhs-number", "value": earlier} for earlier in old
    )
    if given or family:
        resource["name"] = [{"use": "official", "family": family, "given": given.split()}]
    if postcode:
        resource["address"] = [{"use": "home", "postalCode": postcode}]
    if phone:
        resource["telecom"] = [{"system": "phone", "value": phone}]
    for name, value in (("birthDate", born), ("gender", gender), ("deceasedDateTime", died)):
        if value:
            resource[name] = value
    return read(resource, kind=kind, source="X9A01")


@pytest.fixture(scope="session")
def new_lane() -> Callable[[], DictLane]:
    return DictLane


@pytest.fixture
def lane() -> DictLane:
    return DictLane()


@pytest.fixture(scope="session")
def someone() -> Callable[..., Demographics]:
    return patient
