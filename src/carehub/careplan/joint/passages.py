"""What a reader of the plan must find at once, in the source's words: contingency plans, notes on mental capacity, the person's agreement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from carehub.careplan.joint.joint_plan import PLAN, Passage
from carehub.careplan.plan import Entry
from carehub.fhir.resource import Resource, many, text
from carehub.terms.attribution import Attribution
from carehub.terms.codes import SNOMED
from carehub.terms.moments import sort_key
from carehub.terms.organisations import SourceKind

CONTINGENCY = "contingency"
# Kinds of plan for when things go wrong, SNOMED CT, as the National Record Locator lists its pointer types
# (digital.nhs.uk, National Record Locator FHIR API, "record-type").
_CRISIS_PLANS = frozenset(
    f"{SNOMED}|{code}"
    for code in (
        "736253002",  # Mental health crisis plan
        "887701000000100",  # Emergency health care plan
        "325691000000100",  # Contingency plan
        "735324008",  # Treatment escalation plan
    )
)
_CRISIS = re.compile(
    r"\b(?:contingency|crisis|escalation|emergency (?:health ?)?care|anticipatory care|rescue|safety) (?:and \w+ )?plan"
    r"|\bin an emergency\b|\bif (?:things|it) goe?s? wrong\b",
    re.IGNORECASE,
)
_CAPACITY = re.compile(
    r"\bmental capacity\b|\b(?:lacks?|has|have|having|with|without|lack of) capacity\b|\bcapacity (?:to|for|assess\w*|act)\b"
    r"|\bbest interests? (?:decision|meeting|assess\w*)|\bdeprivation of liberty\b",
    re.IGNORECASE,
)
# "Vital capacity" and its like are measurements of the lung or the bladder.
_NOT_CAPACITY = re.compile(r"\b(?:vital|lung|residual|inspiratory|bladder|diffusing|exercise|functional) capacity\b", re.IGNORECASE)
_ACTIONS = ("Task/", "ServiceRequest/", "Appointment/")
PROSE = frozenset({"Note", "Description", "Detail", "Value", "Action", "Content"})
"""Labels of the facts in which a record says in its own words what is planned."""
_ABOUT_IT = frozenset({"Kind", "Intent", "Date", "Dates", "Due", "Owner", "Set by", "Started", "Review due", "Where the form is kept"})
_AGREED = re.compile(r"^\s*(?:content |plan )?(?:not )?(?:agreed|declined|refused|disagreed|consented)\b", re.IGNORECASE)
_REVIEW_OF_PLAN = re.compile(r"\breview of (?:the |this )?(?:\w+ ){0,4}plan\b|\b(?:care|support) plan review\b", re.IGNORECASE)


def contingency(entries: Iterable[Entry]) -> tuple[Passage, ...]:
    """Plans for when things go wrong, current and newest first: whole entries of that kind, and such passages inside other plans. What a record
    has under that heading of its own is not told again from its plan."""
    found: dict[str, Passage] = {}
    for entry in sorted(entries, key=lambda e: e.section != CONTINGENCY):
        record = entry.attributions[0].record
        # One record may stand in several sections; the row that has its words speaks for it.
        if entry.kind == "statement" and not (record in found and found[record].lines):
            found.update((record, passage) for passage in _crisis(entry))
    return _in_order(found.values())


def _crisis(entry: Entry) -> Iterator[Passage]:
    if entry.section == CONTINGENCY:
        yield _passage(entry, [f.value if f.label in PROSE else f"{f.label}: {f.value}" for f in entry.facts])
        return
    notes = [fact.value for fact in entry.facts if fact.label in PROSE]
    if not _CRISIS_PLANS.isdisjoint(entry.codes) or _names_crisis(entry.title):
        # A document's words stand under its own headings.
        lines = notes or [f"{f.label}: {f.value}" for f in entry.facts if f.label not in _ABOUT_IT]
        # "Safety plan to be looked at again" without more is something to do about a plan, and no plan.
        if lines or not entry.attributions[0].record.startswith(_ACTIONS):
            yield _passage(entry, lines)
    elif said := [note for note in notes if ":" in note and _names_crisis(note.partition(":")[0])]:
        yield _passage(entry, said)


@lru_cache(maxsize=4096)
def _names_crisis(words: str) -> bool:
    return bool(_CRISIS.search(words))


def capacity(entries: Iterable[Entry]) -> tuple[Passage, ...]:
    """What is recorded of mental capacity, each record once. Capacity is for one decision at one time (Mental Capacity Act 2005, section 2), so
    each stays apart."""
    found: dict[str, Passage] = {}
    for entry in sorted(entries, key=lambda e: e.key):
        whole = _is_capacity(entry.title)
        said = [f"{fact.label}: {fact.value}" for fact in entry.facts if whole or _is_capacity(fact.value)]
        if whole or said:
            found.setdefault(entry.attributions[0].record, _passage(entry, said))
    return _in_order(found.values())


def _is_capacity(words: str) -> bool:
    # Nearly no entry says any of it, and a long record has thousands of details.
    hinted = "apacity" in words or "nterest" in words or "iberty" in words
    return hinted and bool(_CAPACITY.search(_NOT_CAPACITY.sub("", words)))


def agreement(plan: Resource) -> tuple[str, ...]:
    """What a care plan's notes say of the person's agreement, verbatim; () when they are silent, which is no agreement and no refusal."""
    return tuple(said for note in many(plan, "note") if _AGREED.match(said := text(note, "text")))


def is_review(title: str) -> bool:
    """Whether an action is the review of the plan itself."""
    return bool(_REVIEW_OF_PLAN.search(title))


def notes_of_team(entries: Iterable[Entry]) -> tuple[Passage, ...]:
    """What members of the team wrote to the plan, each version with who and when, the newest version first; those withdrawn too."""
    written = (entry for entry in entries if entry.section == PLAN and is_note(entry.attributions[0]))
    return _in_order(_passage(entry, [fact.value for fact in reversed(entry.facts) if fact.label == "Note"]) for entry in written)


def is_note(told: Attribution) -> bool:
    """Whether what is told is a note that the team wrote here: the team has no other care plan."""
    return told.source.kind is SourceKind.TEAM and told.record.startswith("CarePlan/")


def _passage(entry: Entry, lines: list[str]) -> Passage:
    return Passage(entry.key, entry.section, entry.title, entry.status, entry.active, entry.when, tuple(lines), entry.attributions)


def _in_order(passages: Iterable[Passage]) -> tuple[Passage, ...]:
    by_key = sorted(passages, key=lambda p: p.key)
    return tuple(sorted(by_key, key=lambda p: (p.active, sort_key(p.when)), reverse=True))
