"""What the hub itself holds to say about one person: why records are theirs, disagreements and what was done about them, emergency accesses, and who
asked to be told. Each with why somebody must look at it before the person is given it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from carehub.careplan.disagreement.steps import Step
from carehub.careplan.plan import Conflict
from carehub.careplan.third_parties import OTHERS_RECORD, of_words
from carehub.fhir.canonical import dumps
from carehub.hub.disputes_told import Disputes
from carehub.hub.emergency_feed import ANSWERS, KINDS
from carehub.hub.emergency_grants import Emergencies, Grant
from carehub.hub.explain_person import Joined, Reason, Ruled, Told, Turn, explain_person
from carehub.hub.held_about import DOUBTED, HIDDEN, ONCE_ANOTHERS, HeldAbout, Item

FORMER = "It is about a record that was taken to be this person's and is another's."
_HUB = "carehub"


def statements(held: HeldAbout, why: Mapping[str, Iterable[str]]) -> Iterator[Item]:
    """Everything of the hub's own about the person, apart from who looked. why: reasons by record ("Type/id") for which records are looked at
    first: what quotes one of them is looked at too."""
    yield from _joins(held)
    yield from _disagreements(held, why)
    yield from _emergencies(held)
    yield from _disputes(held, why)
    yield from _subscriptions(held)


def _item(kind: str, id: str, at: str, told: Mapping[str, Any], reasons: Iterable[str]) -> Item:
    return Item(kind, id, _HUB, at, dumps(told), tuple(dict.fromkeys(reasons)))


def _joins(held: HeldAbout) -> Iterator[Item]:
    store = held.hub.store
    joined: Joined = explain_person(held.person, store.links, store.records, store.log, held.hub.scales, unseen=held.hidden)
    for one in (*joined.records, *joined.former):
        own = one.record in held.known.own
        yield _join(held, one, own=own)
        for report in one.reports:
            yield _item("report of a wrong match", report.id, report.at, _report(one, report), (DOUBTED,) if own else (FORMER,))
    for ruling in joined.rulings:
        yield _ruling(held, ruling)


def _join(held: HeldAbout, one: Reason, *, own: bool) -> Item:
    turns = [_turn(held, turn) for turn in one.turns]
    told = {
        "record": f"Patient/{one.record}",
        "source": one.source.title,
        "number": one.number,
        "rule": one.link.rule,
        "rules_version": one.link.rules_version,
        "because": one.link.because,
        "evidence": [evidence.sentence for evidence in one.link.evidence],
        "bits": one.link.total,
        "since": one.since,
        "decided_by": one.decided_by,
        "turns": turns,
    }
    reasons = [] if own else [FORMER]
    reasons += [HIDDEN] if one.record in held.hidden else []
    reasons += [ONCE_ANOTHERS] if own and not all(turn["this_person"] for turn in turns) else []
    reasons += of_words((turn["reason"] for turn in turns), held.known)
    return _item("why a record is theirs" if own else "why a record was parted", one.record, one.since, told, reasons)


def _turn(held: HeldAbout, turn: Turn) -> dict[str, Any]:
    told = {"at": turn.at, "rule": turn.rule, "because": turn.because, "by": turn.by, "role": turn.role, "reason": turn.reason}
    return {**told, "this_person": turn.person in held.ids, "back": turn.back}


def _report(one: Reason, report: Told) -> dict[str, Any]:
    return {"record": f"Patient/{one.record}", "source": one.source.title, **asdict(report)}


def _ruling(held: HeldAbout, ruling: Ruled) -> Item:
    own = held.known.own.issuperset((*ruling.records, *ruling.others))
    reasons = [*([] if own else [OTHERS_RECORD]), *of_words([ruling.reason], held.known)]
    return _item("ruling of who is who", ruling.id, ruling.at, asdict(ruling), reasons)


def _disagreements(held: HeldAbout, why: Mapping[str, Iterable[str]]) -> Iterator[Item]:
    for conflict in held.plan.conflicts if held.plan else ():
        yield _item("disagreement", conflict.id, "", _conflict(conflict), _of_conflict(held, conflict, why))
    for step in held.hub.store.steps.of_patients([f"Patient/{patient}" for patient in held.patients]):
        reasons = [*_of_conflict(held, step.conflict, why), *of_words([step.text], held.known)]
        yield _item("what was done about a disagreement", step.message, step.at, _step(step), reasons)


def _conflict(conflict: Conflict) -> dict[str, Any]:
    said = [{"text": one.text, "source": one.attribution.source.title, "record": one.attribution.record} for one in conflict.statements]
    return {"sentence": conflict.sentence, "section": conflict.section, "statements": said}


def _of_conflict(held: HeldAbout, conflict: Conflict, why: Mapping[str, Iterable[str]]) -> list[str]:
    quoted = [reason for one in conflict.statements for reason in why.get(one.attribution.record, ())]
    own = held.known.own.issuperset(patient.removeprefix("Patient/") for patient in conflict.patients)
    return [*quoted, *([] if own else [OTHERS_RECORD])]


def _step(step: Step) -> dict[str, Any]:
    by = asdict(step.by) if step.by else None
    told = {"kind": step.kind, "of": step.of, "number": step.number, "at": step.at, "by": by, "text": step.text}
    return {**told, "owner": step.owner, "organisation": step.organisation, "due": step.due, "disagreement": _conflict(step.conflict)}


def _emergencies(held: HeldAbout) -> Iterator[Item]:
    store = held.hub.store
    for grant in Emergencies(store.records, store.links, store.log).all():
        asked = grant.asked
        since, until = held.elsewhere.get(asked.person, ("", ""))
        if asked.person in held.ids or since <= asked.at <= until:
            once = [] if asked.person in held.ids else [ONCE_ANOTHERS]
            words = (asked.reason, grant.reviewed.words if grant.reviewed else "")
            yield _item("emergency access", grant.id, asked.at, _grant(grant), [*once, *of_words(words, held.known)])


def _grant(grant: Grant) -> dict[str, Any]:
    asked, reviewed = grant.asked, grant.reviewed
    return {
        "by": asked.by.name,
        "role": asked.by.role,
        "organisation": asked.by.organisation_name,
        "ground": KINDS.get(asked.kind, asked.kind),
        "reason": asked.reason,
        "at": asked.at,
        "until": grant.over,
        "reviewed": {"at": reviewed.at, "by": reviewed.by.name, "verdict": ANSWERS[reviewed.verdict], "words": reviewed.words}
        if reviewed
        else None,
    }


def _disputes(held: HeldAbout, why: Mapping[str, Iterable[str]]) -> Iterator[Item]:
    store = held.hub.store
    told = Disputes(store.records, store.links, store.log)
    for record in why:
        for one in told.of_record(record):
            taken = told.withdrawn(one.id)
            words = (one.words, taken.words if taken else "")
            said = {**asdict(one), "withdrawn": asdict(taken) if taken else None}
            yield _item("what the person disputes", one.id, one.at, said, (*why[record], *of_words(words, held.known)))


def _subscriptions(held: HeldAbout) -> Iterator[Item]:
    """Those about this very person; what is told of everybody on a caseload names nobody here."""
    for one in held.hub.store.subscriptions.standing():
        asked = one.subscription
        if asked.person in (*held.ids, *held.patients):
            by = {"name": asked.by.name, "role": asked.by.role, "organisation": asked.by.organisation_name}
            told = {
                "by": by,
                "told_of": asked.topic,
                "since": asked.at,
                "until": asked.end,
                "why": asked.why,
                "state": one.state,
                "calls": one.sent,
            }
            yield _item("who asked to be told", asked.id, asked.at, told, of_words([asked.why], held.known))
