"""Why records are joined or not, and whose a record was, as JSON: the same facts as on the pages and from `carehub identity`."""

from __future__ import annotations

from typing import Any

from carehub.hub.explain_person import Joined, Reason, Ruled, Told, Turn
from carehub.identity.explaining import Belonging, Explanation
from carehub.identity.rulings import Ruling


def of_pair(told: Explanation) -> dict[str, Any]:
    """Two records, field by field. Weights are bits; null where the rules do not weigh."""
    return {
        "records": [told.a, told.b],
        "together": told.together,
        "result": told.result.value,
        "rule": told.rule,
        "rules_version": told.rules_version,
        "because": told.because,
        "decided_by": told.decided_by,
        "since": told.since,
        "position": told.position,
        "by_rule": told.by_rule.value,
        "total": told.total,
        "fields": [
            {
                "field": one.field,
                "label": one.label,
                "values": [one.a, one.b],
                "level": one.level,
                "weight": one.weight,
                "sentence": one.sentence,
            }
            for one in told.fields
        ],
        "would_change": list(told.would_change),
        "rulings": [_ruling(ruling) for ruling in told.rulings],
    }


def of_person(told: Joined) -> dict[str, Any]:
    """Every record of a person with what holds it there."""
    return {
        "person": told.person,
        "protected": told.protected,
        "automatic_from": told.automatic,
        "asked_from": told.review,
        "records": [_reason(one) for one in told.records],
        "former": [_reason(one) for one in told.former],
        "rulings": [_ruled(one) for one in told.rulings],
    }


def belonging(one: Belonging) -> dict[str, Any]:
    """That a record belonged to a person, from a place in the log on."""
    link = one.link
    told = {"person": link.person, "since": one.at, "position": one.position, "result": link.result.value, "source": link.source.value}
    return {**told, "rule": link.rule, "because": link.because, **({"ruling": link.ruling} if link.ruling else {})}


def _ruling(ruling: Ruling) -> dict[str, Any]:
    return {"id": ruling.id, "answer": ruling.answer.value, "by": ruling.by.name, "role": ruling.by.role, "at": ruling.at}


def _reason(one: Reason) -> dict[str, Any]:
    return {
        "record": one.record,
        "source": {"code": one.source.code, "name": one.source.title, "kind": one.source.kind.value},
        "number": one.number,
        "person": one.link.person,
        "link": {
            "source": one.link.source.value,
            "rule": one.link.rule,
            "rules_version": one.link.rules_version,
            "because": one.link.because,
            "total": one.link.total,
            "model": one.link.model,
        },
        "since": one.since,
        "decided_by": one.decided_by,
        "hidden": one.hidden,
        "explanation": of_pair(one.explanation) if one.explanation else None,
        "held_by": [{"record": hold.record, "source": hold.source, "rule": hold.rule, "because": hold.because} for hold in one.holds],
        "reports": [_told(report) for report in one.reports],
        "history": [_turn(turn) for turn in one.turns],
    }


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "since": turn.at,
        "position": turn.position,
        "person": turn.person,
        "here": turn.here,
        "rule": turn.rule,
        "because": turn.because,
        "by": turn.by,
        "role": turn.role,
        "reason": turn.reason,
        "taken_back": turn.back,
    }


def _told(report: Told) -> dict[str, Any]:
    lifted = {"by": report.lifted_by, "at": report.lifted_at, "reason": report.lifted_reason} if report.lifted_at else None
    said = {"id": report.id, "why": report.why, "saw": report.saw, "by": report.by, "role": report.role, "at": report.at}
    return {**said, "hide": report.hide, "stands": report.stands, "taken_back": lifted}


def _ruled(one: Ruled) -> dict[str, Any]:
    said = {"id": one.id, "answer": one.answer, "by": one.by, "role": one.role, "at": one.at, "reason": one.reason}
    return {**said, "records": list(one.records), "others": list(one.others)}
