"""DOOR IN for whoever reads a record: "this is not my patient's". The report is a message, and hides the record before anyone adjudicates it."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.feeds.message import Submission
from carehub.hub.rulings_feed import FEED
from carehub.identity.rulings import Report, Steward, TakingBack, Why, Word, written
from carehub.store.ports import Links
from carehub.terms.errors import Missing, Rejected
from carehub.terms.issue_catalogue import issue

_MOST_WORDS = 2000


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

    A record that is alone in its person has nothing beside it that it could be another person's than; it is reported and cannot be hidden.
    """
    if not doubt.saw.strip() or len(doubt.saw) > _MOST_WORDS:
        raise Rejected(issue("IDN-010"))
    held = [link.patient for link in links.links_of(links.current_person(doubt.person) or doubt.person)]
    if doubt.record not in held:
        raise Missing(issue("API-003"))
    others = tuple(patient for patient in held if patient != doubt.record)
    told = Report(doubt.record, others, doubt.why, doubt.saw.strip(), doubt.hide and bool(others), by, now)
    return Submission(FEED, written(Word(report=told)), now, by.user, content_type="application/json")


def lift(report: str, reason: str, by: Steward, *, links: Links, now: str) -> Submission:
    """The message that takes a report back, so that the record is shown again. Raises Missing (IDN-005), Rejected (IDN-010)."""
    if not reason.strip() or len(reason) > _MOST_WORDS:
        raise Rejected(issue("IDN-010"))
    held = next((r for r in links.reports() if r.id == report and r.lifted is None), None)
    if held is None:
        raise Missing(issue("IDN-005"))
    back = TakingBack(report, (held.record, *held.others), by, now, reason.strip())
    return Submission(FEED, written(Word(taking_back=back)), now, by.user, content_type="application/json")
