"""Badges and tags: which words and which colour stand for a source or a state (SCREENS 3.0.4). Colour never carries meaning alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from carehub.careplan.disagreement.said_by_person import called
from carehub.careplan.plan import UnifiedCarePlan
from carehub.terms.attribution import Attribution
from carehub.terms.organisations import SourceOrganisation

_SOURCE_COLOURS = {"GP": "blue", "Community": "aqua-green", "Hospital": "purple", "Social care": "pink"}
_STATE_COLOURS = {
    "current": "green",
    "late": "yellow",
    "stale": "orange",
    "failing": "red",
    "hidden_wrong": "red",
    "checking": "yellow",
    "in_transfer": "orange",
    "awaiting_filing": "orange",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A tag: its words and an nhsuk-frontend tag colour."""

    text: str
    colour: str


def source_badge(text: str) -> Badge:
    """The badge of a source: "GP" is blue, and so on; white for any other."""
    return Badge(text, _SOURCE_COLOURS.get(text, "white"))


def state_tag(code: str, text: str) -> Badge:
    """The tag of a source state code with its words."""
    return Badge(text, _STATE_COLOURS.get(code, "grey"))


@dataclass(frozen=True, slots=True)
class Badges:
    """Names who speaks on one page. shared: kinds that more than one organisation has, whose badge must say which organisation. person: what the
    person is called."""

    shared: frozenset[str]
    person: str = "the person"

    @classmethod
    def of(cls, plan: UnifiedCarePlan) -> Badges:
        organisations = {report.source for report in plan.sources}
        organisations |= {
            attribution.source for section in plan.sections for entry in section.entries for attribution in entry.attributions
        }
        kinds = [organisation.kind.badge for organisation in organisations]
        return cls(frozenset(kind for kind in kinds if kinds.count(kind) > 1), called(plan.identity))

    @staticmethod
    def kind_of(source: SourceOrganisation) -> Badge:
        """ "Hospital": for places where the organisation's name stands beside the badge."""
        return source_badge(source.kind.badge)

    def of_source(self, source: SourceOrganisation) -> Badge:
        """ "Hospital", or "Hospital (Northvale General)" where two hospitals speak."""
        kind = source.kind.badge
        return Badge(f"{kind} ({source.title})" if kind in self.shared else kind, source_badge(kind).colour)

    def of_all(self, attributions: Iterable[Attribution]) -> tuple[Badge, ...]:
        """One badge per organisation, in the order in which they first speak."""
        return tuple(dict.fromkeys(self.of_source(attribution.source) for attribution in attributions))
