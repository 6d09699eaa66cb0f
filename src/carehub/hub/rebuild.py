"""Drop every projection, replay the log, and prove that the same record comes out."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.fhir.canonical import content_hash
from carehub.store.planning import Plans
from carehub.store.ports import Links


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The record hash before and after, and how many messages were replayed. same: whether the two hashes agree."""

    before: str
    after: str
    messages: int

    @property
    def same(self) -> bool:
        return self.before == self.after


def record_hash(*, links: Links, plans: Plans) -> str:
    """One hash over the whole unified record: every plan's content, who is linked with whom, and which pairs await review.

    It does not cover ids the hub coins (persons) nor receipt times, so it is the same for the same messages in any order of arrival.
    """
    groups = sorted(sorted(link.patient for link in links.links_of(person)) for person in links.persons())
    reviews = [(review.a, review.b, review.result.value) for review in links.reviews()]
    return content_hash({"plans": plans.hashes(), "groups": groups, "reviews": sorted(reviews)})
