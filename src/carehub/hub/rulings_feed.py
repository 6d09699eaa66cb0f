"""The hub's own feed of what stewards say: each word is a message, so a rebuild hears them all again, in the same place among the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from carehub.feeds.message import Message, Submission
from carehub.hub.own_feed import heard, of_nobody, own_adapter
from carehub.identity.network import LaneReads
from carehub.identity.rulings import Ruling, Steward, Word, read, written
from carehub.store.ports import Links, MessageLog
from carehub.store.stored import MapOutcome
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

FEED = "carehub/rulings"
_MOST_WORDS = 2000


def message_of(word: Word, by: Steward, now: str) -> Submission:
    """A word as the message that tells it. now: ISO UTC."""
    return Submission(FEED, written(word), now, by.user, content_type="application/json")


def in_words(said: str, number: str) -> str:
    """What somebody wrote, without blanks around it. Raises Rejected with this issue number for nothing, and for more than can be read."""
    told = said.strip()
    if not told or len(said) > _MOST_WORDS:
        raise Rejected(issue(number))
    return told


def _kind(message: Message) -> str:
    """A word is about nobody until the lane hears it."""
    word = read(message.body, message.id, message.position)
    return word.ruling.answer.value if word.ruling else "report" if word.report else "taking-back"


def words(outcomes: Iterable[MapOutcome], log: MessageLog) -> dict[str, Word]:
    """The words among these messages, by message."""
    heard = [outcome.message for outcome in outcomes if outcome.feed == FEED and outcome.verdict == "accepted"]
    return {id: read(said.body, id, said.position) for id, said in log.read(heard).items()} if heard else {}


def rulings(word: Word | None, lane: LaneReads) -> list[Ruling]:
    """The rulings that a word changes, as they stand after it: none when the lane has heard it, or when it takes back what is not there."""
    if word is None:
        return []
    if word.ruling:
        known = {ruling.id for ruling in lane.rulings(word.ruling.named)}
        return [] if word.ruling.id in known else [word.ruling]
    back = word.taking_back
    held = lane.rulings(back.records) if back else []
    return [replace(ruling, taken_back=back) for ruling in held if back and ruling.id == back.ruling and ruling.taken_back is None]


def spoken_of(word: Word | None) -> tuple[str, ...]:
    """The records whose person reads differently because of a report, or of one taken back; () for a ruling, which says so itself."""
    return () if word is None else (word.report.record,) if word.report else word.taking_back.records if word.taking_back else ()


def hear_reports(messages: Iterable[Message], links: Links) -> None:
    """Keep what these messages report, or take back, at once: a record that may be another person's is hidden before the lane comes to it.

    Done before they are mapped, so that whoever ends in between finds them unmapped and keeps them again. One that is no word is mapping's to refuse.
    """
    told = heard(messages, FEED, read)
    reports = [word.report for word in told if word.report]
    lifted = [word.taking_back for word in told if word.taking_back]
    if reports or lifted:
        links.put_reports(reports, lifted)


ADAPTER = own_adapter(
    FEED,
    of_nobody(_kind),
    speaker="Rulings of stewards",
    title="Rulings of stewards",
    domain="https://carehub.example/Id/ruling",
    arrives="push",
    messages=("ruling", "report", "taking-back"),
)
