"""DOOR IN. A submission is split, appended to the log and receipted; the same delivery again gets the same receipt."""

from __future__ import annotations

from collections.abc import Sequence

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.message import Receipt, Submission
from carehub.store.ports import MessageLog
from carehub.store.stored import Delivery
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue


def receive_submissions(submissions: Sequence[Submission], *, log: MessageLog, catalogue: Catalogue) -> list[Receipt]:
    """Store submissions in one transaction and answer each with its receipt, in order, after commit.

    Bytes that cannot be split are stored as one message: mapping will reject it with its reason, and nothing is lost. Raises Missing for an
    unknown feed, Unreadable (FEED-002) for an empty body, Overtaken (FEED-003) for a delivery key used before with other bytes, StoreBusy.
    """
    return log.append([_delivery(submission, catalogue) for submission in submissions])


def _delivery(submission: Submission, catalogue: Catalogue) -> Delivery:
    adapter = catalogue.adapter(submission.feed)
    if not submission.body:
        raise Unreadable(issue("FEED-002"))
    try:
        parts = tuple(adapter.split(submission.body))
    except (
        Exception
    ):  # unreadable, or a bug in the adapter: either way the bytes are kept first and the reason is found when they are mapped
        parts = ()
    return Delivery(submission, parts or (submission.body,))
