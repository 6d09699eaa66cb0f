"""Which legal holds stand: what the log says, asked whenever somebody wants to know what may be disposed of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from carehub.hub.hold_feed import FEED, Lifted, Placed, read
from carehub.store.ports import MessageLog, Records

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. id: the message that placed it. lifted: None while it stands."""

    id: str
    placed: Placed
    lifted: Lifted | None = None

    def holds(self, patients: Collection[str], feeds: Collection[str], class_: str) -> bool:
        """Whether it stands over a record: of a person with these patient records, told by these feeds, of this class."""
        if self.lifted is not None:
            return False
        if self.placed.scope == "person":
            return not set(self.placed.patients).isdisjoint(patients)
        return self.placed.of in feeds if self.placed.scope == "feed" else self.placed.of == class_


def every_hold(records: Records, log: MessageLog) -> list[Hold]:
    """Every hold there was, oldest first. A lifting by who placed it counts for nothing."""
    placed, lifted, after = dict[str, Placed](), dict[str, Lifted](), 0
    while outcomes := records.unsettled("accepted", after, _MOST, FEED):
        bodies = log.read([outcome.message for outcome in outcomes])
        for outcome in outcomes:
            word = read(bodies[outcome.message].body)
            if word.placed is not None:
                placed[outcome.message] = word.placed
            elif word.lifted and (one := placed.get(word.lifted.of)) and word.lifted.by.user != one.by.user:
                lifted.setdefault(word.lifted.of, word.lifted)
        after = outcomes[-1].position
    return [Hold(id, one, lifted.get(id)) for id, one in placed.items()]


def over(holds: Iterable[Hold], patients: Collection[str], feeds: Collection[str], class_: str) -> tuple[Hold, ...]:
    """Those of the holds that stand over a record; arguments as of Hold.holds."""
    return tuple(one for one in holds if one.holds(patients, feeds, class_))
