"""The caseloads of a hub held against those who should be on one: who was found, who was missed and why, and who is on it without being planted.

Asked through the door, once for each organisation that ever sent anything, of the town's last day; so it writes as many rows of the audit trail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from carehub.caseload.criteria import Criteria
from carehub.caseload.evidence import ADMITTED, FRAIL, PACKAGE, RULES, Rule
from carehub.governance.requester import Requester
from carehub.hub.caseload import Caseloads
from carehub.hub.hub import Hub
from carehub.wiring.neighbourhood.truth import Truth

Figures = dict[str, Any]
_PLANTED: Mapping[str, Rule] = {
    "two unplanned admissions in 12 months": ADMITTED,
    "severe frailty": FRAIL,
    "care package changed in 90 days": PACKAGE,
}


def caseload_figures(hub: Hub, truth: Truth, person_of: Mapping[str, str], criteria: Criteria) -> Figures:
    """found, should, missed and too_many, of everybody and by reason. person_of: patient record to the hub's person.

    missed: "apart", whose records are several people here; "unknown", of whom nothing is here; "else". too_many, people of the hub: "mixed", who hold
    records of several; "told_dead", whom a source reports dead, which the hub does not take for confirmed; "else".
    """
    if not truth.until:
        return {"should": len(truth.caseload), "measured": False, "why": "the truth does not say on which day it is so"}
    listed = _listed(hub, truth.until, criteria)
    here, owners = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    dead = {person_of[record] for record in truth.told_dead if record in person_of}
    for record, person in zip(truth.records, truth.people, strict=True):
        if record in person_of:
            here[person].add(person_of[record])
            owners[person_of[record]].add(person)
    planted = {person: {_PLANTED[reason] for reason in found} for person, found in truth.caseload.items()}
    held = [_held(planted, listed, here, owners, dead, rules) for rules in (RULES, *((rule,) for rule in RULES))]
    return {
        "measured": True,
        "at": truth.until,
        "criteria": criteria.version,
        **held[0],
        "by_reason": dict(zip(RULES, held[1:], strict=True)),
    }


def _listed(hub: Hub, until: str, criteria: Criteria) -> dict[str, set[Rule]]:
    """The rules that hold on a day for each person who is on any organisation's caseload."""
    day, caseloads = date.fromisoformat(until), Caseloads(hub, criteria)
    found = defaultdict[str, set[Rule]](set)
    for code in sorted({code for _, code, _, _ in hub.store.records.counts() if code}):
        who = Requester("neighbourhood-check", "carehub neighbourhood check", "gp", code, "", "TREAT")
        for one in caseloads.members(who, day=day).value.people:
            found[one.person].update(reason.rule for reason in one.reasons)
    return found


def _held(
    planted: Mapping[str, set[Rule]],
    listed: Mapping[str, set[Rule]],
    here: Mapping[str, set[str]],
    owners: Mapping[str, set[str]],
    dead: Collection[str],
    rules: tuple[Rule, ...],
) -> Figures:
    """By any of these rules."""
    due = {person for person, found in planted.items() if found.intersection(rules)}
    shown = {person for person, found in listed.items() if found.intersection(rules)}
    found = {person for person in due if not shown.isdisjoint(here.get(person, ()))}
    missed, too_many = dict.fromkeys(("apart", "unknown", "else"), 0), dict.fromkeys(("mixed", "told_dead", "else"), 0)
    for person in due - found:
        joined = len(here.get(person, ()))
        missed["unknown" if not joined else "apart" if joined > 1 else "else"] += 1
    for person in shown:
        if due.isdisjoint(owners.get(person, ())):
            too_many["mixed" if len(owners.get(person, ())) > 1 else "told_dead" if person in dead else "else"] += 1
    return {"should": len(due), "found": len(found), "on_it": len(shown), "missed": missed, "too_many": too_many}
