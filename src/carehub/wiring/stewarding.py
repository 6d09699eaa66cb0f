"""`carehub identity explain`, `joined`, `history`, `reviews`, `rule` and `take-back`: the identity desk from a terminal, through the same door."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from rich.console import Console
from rich.table import Column, Table

from carehub.api.explaining import of_person
from carehub.fhir.canonical import dumps
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.awaiting import review_id
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant, iso
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings

T = TypeVar("T")


def asking(user: str, role: str, organisation: str) -> Requester:
    """Who sits at the terminal; what they look at is written down under this name."""
    return Requester(user, user, role, organisation, organisation, "PATADMIN")


def show_explanation(who: Requester, record: str, other: str, *, as_json: bool) -> None:
    """Why two records are together or not, field by field. Raises Missing."""
    told = _opened(lambda desk: desk.explain(who, record, other))
    if as_json:
        print(dumps(told).decode())
        return
    print(f"{'Together' if told.together else 'Not together'}: {told.because}")
    print(f"rule {told.rule}, version {told.rules_version}; decided by {told.decided_by}{f' since {told.since}' if told.since else ''}")
    table = Table("Field", "First record", "Second record", "Level", "Weight", "In words")
    for one in told.fields:
        weight = "–" if one.weight is None else f"{one.weight:+.1f}"
        table.add_row(one.label, one.a or "not recorded", one.b or "not recorded", one.level, weight, one.sentence)
    Console().print(table)
    for sentence in told.would_change:
        print(sentence)


def show_joined(who: Requester, person: str, *, as_json: bool) -> None:
    """Why the records of a person are joined, record by record. Raises Missing."""
    told = of_person(_opened(lambda desk: desk.joined(who, person)))
    if as_json:
        print(dumps(told).decode())
        return
    print(f"{len(told['records'])} records of person {told['person']}")
    table = Table("Source", Column("Record", no_wrap=True, min_width=36), "Joined because", "Since", "Checked by", "Weights")
    for one in told["records"]:
        pair = one["explanation"]
        weights = "" if pair is None or pair["total"] is None else f"{pair['total']:+.1f}"
        reported = "reported as possibly another person's; " if any(report["stands"] for report in one["reports"]) else ""
        table.add_row(one["source"]["name"], one["record"], reported + one["link"]["because"], one["since"], one["decided_by"], weights)
    Console().print(table)
    for one in (*told["records"], *told["former"]):
        for turn in one["history"]:
            where = "here" if turn["here"] else f"at person {turn['person']}"
            why = f": {turn['reason']}" if turn["reason"] else ""
            print(
                f"{one['record']} {where} since {turn['since']}, {turn['rule']}, {'taken back by ' if turn['taken_back'] else ''}{turn['by']}{why}"
            )
    print("carehub identity explain RECORD says how each one compares, field by field.")


def show_history(who: Requester, record: str, at: str, *, as_json: bool) -> None:
    """Every person a record has belonged to, or the one at a time. Raises Missing, Rejected for a time that is none."""
    moment = instant(at) if at else None
    if at and moment is None:
        raise Rejected(issue("API-005", at="at"))
    found = (_opened(lambda desk: desk.belonged(who, record, iso(moment))),) if moment else _opened(lambda desk: desk.history(who, record))
    if as_json:
        rows = [{"since": one.at, "position": one.position, "link": json.loads(dumps(one.link))} for one in found]
        print(json.dumps({"record": record, "links": rows}))
        return
    table = Table("Since", "Place in the log", "Person", "Result", "By", "Because")
    for one in found:
        table.add_row(one.at, str(one.position), one.link.person, one.link.result, one.link.source, one.link.because)
    Console().print(table)


def show_reviews(who: Requester, *, as_json: bool) -> None:
    """The pairs that wait for a steward."""
    found = _opened(lambda desk: desk.reviews(who))
    if as_json:
        print(dumps(found).decode())
        return
    # An id that is cut cannot be asked about.
    table = Table(
        Column("Review", no_wrap=True, min_width=36), Column("Records", overflow="fold"), "Stage", "Since", "Two stewards", "Because"
    )
    for one in found.pairs:
        because = f"URGENT. {one.review.because}" if one.report else one.review.because
        table.add_row(one.id, f"{one.review.a}\n{one.review.b}", one.stage, one.since, "yes" if one.needs_two else "no", because)
    Console().print(table)
    print(f"{found.total} waiting, {found.urgent} urgent (reports of a wrong match)")


def rule(who: Requester, answer: str, record: str, other: str, reason: str) -> None:
    """Give a ruling and say which it is. Raises as settle_review.give."""
    try:
        given = Given(Answer(answer), record, other, reason)
    except ValueError:
        raise Rejected(issue("IDN-004", at="answer")) from None
    heard = _opened(lambda desk: desk.rule(who, given))
    print(f"ruling {heard.message}{f' on review {review_id(record, other)}' if other else ''}")
    print("in effect" if heard.in_effect else "stored; in effect once the messages before it are read")


def take_back(who: Requester, ruling: str, reason: str) -> None:
    """Take a ruling back. Raises Missing."""
    heard = _opened(lambda desk: desk.take_back(who, ruling, reason))
    print("taken back" if heard.in_effect else "stored; in effect once the messages before it are read")


def _opened(ask: Callable[[Stewards], Disclosed[T]]) -> T:
    return ask(Stewards(build_hub(Settings()))).value
