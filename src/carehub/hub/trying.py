"""Messages that end the process that maps them, or keep it for ever: who is to blame is found by trying alone, and is then mapped no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.message import Message
from carehub.store.ports import MessageLog, Records
from carehub.store.stored import MapOutcome
from carehub.store.trying import Tried, Tries, Unfinished
from carehub.terms.errors import Missing, StoreBusy


class TookTooLong(Exception):
    """An adapter was stopped, because it took longer than one message may."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """How messages that are due are to be mapped. together: in one step. alone: each in a step of its own. blamed: not at all."""

    together: Sequence[Message] = ()
    alone: Sequence[Message] = ()
    blamed: Sequence[Message] = ()


@dataclass(frozen=True, slots=True)
class Trying:
    """tries, unfinished: the ports; None where nothing outlives the process anyway. limit: a block within which one message is mapped; where that
    takes too long it is ended with TookTooLong."""

    tries: Tries | None = None
    unfinished: Unfinished | None = None
    limit: Callable[[], AbstractContextManager[None]] = nullcontext

    def count_what_is_left(self, log: MessageLog, records: Records, catalogue: Catalogue) -> None:
        """Count a try for every message that an ended process had in hand and that is not mapped yet."""
        tries = self.tries
        if self.unfinished is None or tries is None:
            return

        def count(held: Sequence[str]) -> None:
            versions = _unmapped(log.read(held).values(), records, catalogue)
            if versions:
                tries.add(versions, alone=len(held) == 1)

        with suppress(StoreBusy):  # what is not counted now is counted the next time
            self.unfinished.left(count)

    def chosen(self, due: Sequence[Message], catalogue: Catalogue, *, on_purpose: bool = False) -> Chosen:
        """Those that were in hand when a process ended are mapped one by one, after the others, the least tried first. One that another process is
        trying alone is left to it. on_purpose: map also those that are to blame."""
        tried = self._tried(due, catalogue)
        if not tried:
            return Chosen(together=due)
        blamed = [] if on_purpose else [message for message in due if message.id in tried and tried[message.id].blamed]
        elsewhere = self.unfinished.elsewhere() if self.unfinished is not None else set()
        left_out = elsewhere.union(message.id for message in blamed)
        suspects = [message for message in due if message.id in tried and message.id not in left_out]
        suspects.sort(key=lambda message: (tried[message.id].times, message.position))
        return Chosen([message for message in due if message.id not in tried], suspects, blamed)

    def blamed(self, messages: Iterable[Message], catalogue: Catalogue) -> set[str]:
        """Which of these are not to be mapped."""
        return {id for id, tried in self._tried(list(messages), catalogue).items() if tried.blamed}

    def _tried(self, messages: Sequence[Message], catalogue: Catalogue) -> dict[str, Tried]:
        """The counts of those that have one at their adapter's mapping version."""
        counted = self.tries.of([message.id for message in messages]) if self.tries is not None else {}
        return {m.id: counted[m.id] for m in messages if m.id in counted and counted[m.id].version == _version(m, catalogue)}

    @contextmanager
    def in_hand(self, messages: Sequence[Message], *, suspected: bool = False) -> Iterator[None]:
        """Noted while the block lasts. What is through it although it was suspected is forgotten."""
        if self.unfinished is None:
            yield
            return
        ids = [message.id for message in messages]
        with self.unfinished.noted(ids):
            yield
        if suspected and self.tries is not None:
            self.tries.forget(ids)

    def only_looking(self) -> Trying:
        """The same for a trial: nothing is noted, so nothing is counted."""
        return replace(self, unfinished=None)


UNCOUNTED = Trying()
"""Of a hub that outlives nothing."""


def _unmapped(messages: Iterable[Message], records: Records, catalogue: Catalogue) -> dict[str, int]:
    """The mapping version of those without an outcome at it."""
    held = list(messages)
    outcomes = records.outcomes([message.id for message in held])
    return {m.id: version for m in held if (version := _version(m, catalogue)) and not settled(outcomes.get(m.id), version)}


def _version(message: Message, catalogue: Catalogue) -> int:
    """0 for a feed whose adapter is gone."""
    try:
        return catalogue.adapter(message.feed).manifest.mapping_version
    except Missing:
        return 0


def settled(outcome: MapOutcome | None, version: int) -> bool:
    """Whether a message has its outcome at this mapping version."""
    return outcome is not None and outcome.mapping_version == version
