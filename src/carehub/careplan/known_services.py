"""Services that a neighbourhood knows of, whether or not they send anything: what a person's record says of those that do not. Pure; at reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from carehub.careplan import absence
from carehub.careplan.freshness import organisation, silent, silent_state
from carehub.careplan.plan import ExpectedSource, Gap, SectionState, UnifiedCarePlan
from carehub.terms.organisations import SourceKind

# Where a record names who else cares for the person.
_NAMING = ("care_team", "plan", "support", "encounters", "contingency")


@dataclass(frozen=True, slots=True)
class KnownService:
    """An organisation at a moment. state: "no_agreement", "not_connected", or "" when it shares. adapter: whose feeds bring its messages, or "".

    everyone: it is told of in every record; else only where a record names it. also: other codes under which it may send.
    """

    code: str
    name: str
    kind: SourceKind
    state: str
    adapter: str = ""
    everyone: bool = True
    also: frozenset[str] = frozenset()


def with_services(plan: UnifiedCarePlan, services: Sequence[KnownService]) -> UnifiedCarePlan:
    """The plan with what must be said of these services: instead of an adapter nobody heard from, its organisations by name; and each other one
    that is not connected or has no agreement. A service that the record names and that holds no record of the person is told of too (H-30)."""
    if not services:
        return plan
    told = {report.source.code for report in plan.sources}
    heard = {feed for report in plan.sources for feed in report.feeds}
    waiting = silent(plan.expected, heard)
    missing = [service for service in services if told.isdisjoint({service.code, *service.also})]
    expected = [one for one in plan.expected if one not in waiting]
    for one in waiting:
        own = [service for service in missing if service.adapter and service.adapter == one.feed.partition("/")[0] and service.everyone]
        expected += [_expected(service, one, first=number == 0) for number, service in enumerate(own)] or [one]
    placed = {one.feed for one in expected}
    named = _names(plan) if any(not service.everyone or not service.state for service in missing) else ""
    for service in missing:
        if service.code not in placed and ((service.everyone and service.state) or service.name.casefold() in named):
            expected.append(_expected(service, None))
    return _saying(plan, waiting, expected, heard)


def _expected(service: KnownService, instead_of: ExpectedSource | None, first: bool = False) -> ExpectedSource:
    checking = instead_of.checking if instead_of and first else 0
    return ExpectedSource(service.code, service.name, service.kind.badge, checking, service.state)


def _names(plan: UnifiedCarePlan) -> str:
    entries = (entry for key in _NAMING for entry in plan.section(key).entries)
    return "\n".join(text for entry in entries for text in (entry.title, *(fact.value for fact in entry.facts))).casefold()


def _saying(
    plan: UnifiedCarePlan, before: Sequence[ExpectedSource], expected: Iterable[ExpectedSource], heard: set[str]
) -> UnifiedCarePlan:
    known = tuple(sorted(expected, key=lambda one: (one.feed, one.title)))
    if known == tuple(sorted(plan.expected, key=lambda one: (one.feed, one.title))):
        return plan
    gone = {organisation(one) for one in before}
    silent_now = silent(known, heard)
    states = [SectionState(organisation(one), *silent_state(one)) for one in silent_now]
    titles = {one.title for one in before}
    gaps = [gap for gap in plan.gaps if not (gap.source in titles and gap.code in ("no_record", "checking"))]
    gaps += _gaps(silent_now)
    return replace(
        plan,
        expected=known,
        sections=tuple(replace(s, states=(*(t for t in s.states if t.source not in gone), *states)) for s in plan.sections),
        gaps=tuple(sorted(dict.fromkeys(gaps), key=lambda g: (g.section != "", g.code, g.source, g.section, g.sentence))),
    )


def _gaps(waiting: Iterable[ExpectedSource]) -> Iterator[Gap]:
    for one in waiting:
        code, sentence = silent_state(one)
        yield Gap(code, sentence, one.title)


def unshared_sentence(code: str, name: str) -> str:
    """What stands in the place of a source that sends and may not be shown. code: "objected" or "no_agreement"."""
    return absence.OBJECTED if code == "objected" else absence.not_agreed(name)
