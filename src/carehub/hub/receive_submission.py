"""DOOR IN. A submission is split, appended to the log and receipted; the same delivery again gets the same receipt."""

from __future__ import annotations

from collections.abc import Sequence

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.message import Receipt, Submission
from carehub.store.ports import MessageLog
from carehub.store.stored import Delivery
from carehub.terms.errors import CarehubError, Unavailable, Unreadable
from carehub.terms.issue_catalogue import issue


def receive_submissions(submissions: Sequence[Submission], *, log: MessageLog, catalogue: Catalogue) -> list[Receipt]:
    """Store submissions in one transaction and answer each with its receipt, in order, after commit.

    Bytes that cannot be split are stored as one message: mapping will reject it with its reason, and nothing is lost. Raises Missing for an
    unknown feed, Unreadable (FEED-002) for an empty body, Overtaken (FEED-003) for a delivery key used before with other bytes, StoreBusy.
    """
    return log.append([_delivery(submission, catalogue) for submission in submissions])


def receive_each(submissions: Sequence[Submission], *, log: MessageLog, catalogue: Catalogue) -> list[Receipt | CarehubError]:
    """Store submissions in one transaction if that can be; to each its receipt, or the error that is its own. One costs the others nothing."""
    try:
        return list(receive_submissions(submissions, log=log, catalogue=catalogue))
    except Unavailable as error:  # trying each alone would make every sender wait its turn for the same answer
        return [error for _ in submissions]
    except CarehubError as error:
        if len(submissions) == 1:
            return [error]
        return [result for one in submissions for result in receive_each([one], log=log, catalogue=catalogue)]


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
