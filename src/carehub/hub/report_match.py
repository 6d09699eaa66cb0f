"""DOOR IN for whoever reads a record: "this is not my patient's". The report is a message, and hides the record before anyone adjudicates it."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.feeds.message import Submission
from carehub.hub.explain_link import explain_link
from carehub.hub.rulings_feed import in_words, message_of
from carehub.identity.rulings import Report, Steward, TakingBack, Why, Word
from carehub.store.ports import Links
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a reader reports. person: whose record they were reading; record: the patient record in it that looks wrong. hide: hide it at once."""

    person: str
    record: str
    why: Why
    saw: str
    hide: bool


def report(doubt: Doubt, by: Steward, *, links: Links, now: str) -> Submission:
    """The message of a report. now: ISO UTC. Raises Missing for a record that is not this person's, Rejected (IDN-010) without words.

    A record that is alone in its person has nothing beside it that it could be another person's than; it is reported and cannot be hidden. Of
    the others, the one that it is linked with comes first: stewards are shown that one beside it.
    """
    saw = in_words(doubt.saw, "IDN-010")
    held = [link.patient for link in links.links_of(links.current_person(doubt.person) or doubt.person)]
    if doubt.record not in held:
        raise Missing(issue("API-003"))
    linked = explain_link(doubt.record, links)
    first = linked.b if linked else ""
    others = tuple(sorted((patient for patient in held if patient != doubt.record), key=lambda patient: (patient != first, patient)))
    told = Report(doubt.record, others, doubt.why, saw, doubt.hide and bool(others), by, now)
    return message_of(Word(report=told), by, now)


def lift(report: Report | None, reason: str, by: Steward, *, now: str) -> Submission:
    """The message that takes a report back, so that the record is shown again. Raises Missing (IDN-005), Rejected (IDN-010)."""
    told = in_words(reason, "IDN-010")
    if report is None or report.lifted is not None:
        raise Missing(issue("IDN-005"))
    return message_of(Word(taking_back=TakingBack(report.id, (report.record, *report.others), by, now, told)), by, now)
