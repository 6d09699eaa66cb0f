"""Support at home in four lines (SCREENS S4): the package and its provider, suspended or not, the worker, a safeguarding enquiry. Never a blank."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from carehub.careplan.absence import TAGS
from carehub.careplan.plan import Entry, SectionState, UnifiedCarePlan
from carehub.careplan.reading.support import PROVIDER, SERVICE
from carehub.terms.moments import show_date
from carehub.terms.organisations import SourceKind

_WORKER = re.compile(r"social worker|care manager|care coordinator|key worker|named worker|allocated worker", re.IGNORECASE)
_ENQUIRY = re.compile(r"enquiry|inquiry|concern|section 42|strategy", re.IGNORECASE)
_ON_HOLD = ("on hold", "onhold")

States = Mapping[str, Sequence[SectionState]]


def support_at_home(plan: UnifiedCarePlan, states: States) -> tuple[tuple[str, str], ...]:
    """(label, words) of the four lines, from a plan as a reader may see it. states: what every source says in each section at this moment.

    Where social care is late, out of date, failing or gives nothing, each line that rests on it says so in the words of SCREENS 3.0.3.
    """
    services = [entry for entry in plan.section("support").entries if entry.active]
    return (
        ("Package", _line(_package(services), "support", states)),
        ("Suspended during admission", _line(_suspended(services), "support", states)),
        ("Worker", _line(_workers(plan), "care_team", states)),
        ("Safeguarding enquiry", _line(_enquiries(plan), "safeguarding", states)),
    )


def _line(told: Iterable[str], key: str, states: States) -> str:
    held = states.get(key, ())
    withheld = next((state.sentence for state in held if state.state == "role"), "")
    if withheld:
        return f"{TAGS['role']}. {withheld}"
    said = "; ".join(told)
    limits = " ".join(dict.fromkeys(_ended(sentence) for sentence in _limits(held, said=bool(said))))
    if said:
        return f"{said}. {limits}".strip()
    return f"Not known. {limits}" if limits else "Not known. No social care source holds a record of this person."


def _limits(states: Sequence[SectionState], *, said: bool) -> Iterator[str]:
    """What limits social care's word here; where nothing was told, also what each of its sources says of the section."""
    for state in states:
        if state.source.kind is SourceKind.LOCAL_AUTHORITY and (state.state in TAGS or not said) and state.state != "current":
            yield state.sentence


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(".") else f"{sentence}."


def _package(services: Sequence[Entry]) -> Iterator[str]:
    for entry in services:
        provider = entry.fact(PROVIDER) or "provider not recorded"
        since = f", since {show_date(entry.when)}" if entry.when else ", start not recorded"
        what = entry.fact(SERVICE)
        yield f"{entry.title}{f' ({what})' if what else ''}, {provider}{since}"


def _suspended(services: Sequence[Entry]) -> Iterator[str]:
    for entry in services:
        if entry.status.casefold() in _ON_HOLD:
            yield f"Yes: {entry.title} is on hold"


def _workers(plan: UnifiedCarePlan) -> Iterator[str]:
    told = (
        f"{entry.title} ({role})"
        for entry in plan.section("care_team").entries
        if entry.active and _WORKER.search(role := entry.fact("Role"))
    )
    members = (
        fact.value
        for entry in plan.section("care_team").entries
        for fact in entry.facts
        if entry.active and fact.label == "Member" and _WORKER.search(fact.value)
    )
    yield from dict.fromkeys([*told, *members])


def _enquiries(plan: UnifiedCarePlan) -> Iterator[str]:
    for entry in plan.section("safeguarding").entries:
        if entry.active and _ENQUIRY.search(entry.title):
            badges = ", ".join(dict.fromkeys(told.source.kind.badge for told in entry.attributions))
            yield f"Open: {entry.title}{f', {show_date(entry.when)}' if entry.when else ', date not recorded'} ({badges})"
