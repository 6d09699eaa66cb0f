"""A watched folder: files dropped into it, or a MESH inbox, become submissions. A file leaves the folder only after its bytes are stored.

Nothing is remembered outside the folder and the log. Whoever is killed between storing and moving hands the file over again at the next start,
under the same delivery key, and gets the same receipt.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import BinaryIO

from carehub.feeds.catalogue import HEAD
from carehub.feeds.message import Receipt, Submission
from carehub.intake.folder_files import Look, Settling, StillWritten, TakenByAnother, Whole, looks, opened
from carehub.intake.folder_places import Places
from carehub.intake.mesh_control import MAX_BYTES, read_control
from carehub.terms.errors import CarehubError, Unavailable, Unreadable
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

_MOST_TOGETHER = 32
_TOGETHER_BYTES = 4_000_000
_LONGEST_PAUSE = 60.0
_GZIP = b"\x1f\x8b"
_CONTROLS = (".ctl", ".json")

ReceiveEach = Callable[[Sequence[Submission]], Sequence[Receipt | CarehubError]]
ReceiveStream = Callable[[str, BinaryIO, str, str], Receipt]


@dataclass(frozen=True, slots=True)
class FolderTerms:
    """What a folder takes.

    sender: who drops files here, for the log. mesh: the folder is a MESH inbox, where X.dat is whole once X.ctl (or X.json) is there.
    workflows: MESH only; workflow ids to take, others stay untouched; empty for all. settle_seconds: how long a file must rest.
    """

    sender: str
    mesh: bool = False
    workflows: frozenset[str] = frozenset()
    settle_seconds: float = 5.0


@dataclass(slots=True)
class Round:
    """What one look over the folder did. failed: files set aside. unsettled: files that may still be written. busy: the store could not take more."""

    stored: int = 0
    failed: int = 0
    unsettled: int = 0
    busy: bool = False


@dataclass(frozen=True, slots=True)
class _Drop:
    """One delivery: the look at its data file, every name that moves with it, and its delivery key."""

    look: Look
    names: tuple[str, ...]
    sender: str
    key: str


@dataclass(slots=True)
class _Trouble:
    """Files that could not be read lately, and when each is tried again."""

    until: dict[str, tuple[float, float]] = field(default_factory=dict)

    def waits(self, name: str, now: float) -> bool:
        return self.until.get(name, (0.0, 0.0))[0] > now

    def add(self, name: str, now: float) -> None:
        pause = min(max(2 * self.until.get(name, (0.0, 0.0))[1], 2.0), _LONGEST_PAUSE)
        self.until[name] = (now + pause, pause)


class FolderDoor:
    """One watched folder.

    feed_of: the full name of the feed a file belongs to, by its first bytes. receive_each: see Hub.receive_each. receive_stream: (feed, stream,
    sender, delivery key) to a receipt in bounded memory, for files too large to go together with others. note: told what happened in words,
    counts and ids, never in names of files or what they hold.
    """

    def __init__(
        self,
        place: Path,
        terms: FolderTerms,
        *,
        feed_of: Callable[[bytes], str],
        receive_each: ReceiveEach,
        receive_stream: ReceiveStream,
        clock: Callable[[], str],
        note: Callable[[str], None],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place, self._terms, self._places = place, terms, Places(place)
        self._feed_of, self._receive_each, self._receive_stream = feed_of, receive_each, receive_stream
        self._clock, self._note, self._steady = clock, note, steady
        self._settling = Settling(terms.settle_seconds)
        self._trouble = _Trouble()
        self._passed_over: set[str] = set()

    def watch(self, stop: Event, every: float) -> None:
        """Look, wait, look again, until told to stop. While the store is busy, or the folder away, it waits longer."""
        pause = every
        while not stop.is_set():
            try:
                done = self.round(lambda: not stop.is_set())
                pause = min(max(2 * pause, 1.0), _LONGEST_PAUSE) if done.busy else every
            except OSError as error:
                self._note(f"the folder cannot be read: {type(error).__name__}")
                pause = min(max(2 * pause, 1.0), _LONGEST_PAUSE)
            stop.wait(pause)

    def round(self, go_on: Callable[[], bool] = lambda: True) -> Round:
        """Take every file that rests, the oldest first. Raises OSError when the folder itself cannot be read."""
        now, done = self._steady(), Round()
        seen = looks(self._place)
        settled = self._settling.settled(seen, now)
        done.unsettled = len(seen) - len(settled)
        self._trouble.until = {name: held for name, held in self._trouble.until.items() if name in seen}
        self._passed_over &= set(seen)
        ready = self._pairs(settled, seen, done) if self._terms.mesh else map(self._single, settled.values())
        drops = sorted((drop for drop in ready if not self._trouble.waits(drop.look.name, now)), key=lambda drop: drop.look.order)
        for group in _groups(drops):
            if done.busy or not go_on():
                break
            self._take(group, done)
        return done

    def _single(self, look: Look) -> _Drop:
        # The same name written anew is a new delivery, also when it says what an earlier one said: a table that went A, B, A ends at A.
        return _Drop(look, (look.name,), self._terms.sender, f"{self._terms.sender}|{look.name}|{look.modified}")

    def _pairs(self, settled: dict[str, Look], seen: dict[str, Look], done: Round) -> Iterator[_Drop]:
        for name, look in settled.items():
            if not name.lower().endswith(_CONTROLS) or self._trouble.waits(name, self._steady()):
                continue
            try:
                drop = self._pair(look, settled, seen, done)
            except TakenByAnother:
                continue
            except OSError as error:
                self._troubled(name, error)
                continue
            if drop is not None:
                yield drop

    def _pair(self, look: Look, settled: dict[str, Look], seen: dict[str, Look], done: Round) -> _Drop | None:
        """The delivery of a control file; None while its data file is not whole, and where there is nothing to deliver."""
        stem = look.name.rpartition(".")[0]
        data = next((name for name in (f"{stem}.dat", f"{stem}.DAT") if name in seen), "")
        if data and data not in settled:
            return None
        names = (data, look.name) if data else (look.name,)
        by_hand = f"{self._terms.sender}|{look.name}|{look.modified}"
        with opened(self._place, look) as file:
            try:
                control = read_control(file.all() if look.size <= MAX_BYTES else b"")
                if control.reports and (not self._terms.workflows or control.workflow in self._terms.workflows):
                    raise Unreadable(issue("FEED-033"))
            except Unreadable as error:
                self._set_aside(by_hand, names, error.issues, done)
                return None
            if self._terms.workflows and control.workflow not in self._terms.workflows:
                self._pass_over(look.name)
                return None
            key = f"mesh|{control.sender}|{control.id}" if control.id else by_hand
            if not data:
                done.unsettled += not self._places.finish(key, f"{stem}.dat", look.name)
                return None
        return _Drop(settled[data], names, control.sender or self._terms.sender, key)

    def _take(self, group: Sequence[_Drop], done: Round) -> None:
        """Hand over files that go into one transaction, and move each by its answer."""
        handed: list[tuple[_Drop, Submission]] = []
        with ExitStack() as held:  # the files stay locked until they are moved
            for drop in group:
                try:
                    file = held.enter_context(opened(self._place, drop.look))
                    if drop.look.size > _TOGETHER_BYTES:
                        self._take_large(drop, file, done)
                        return
                    body = file.all()
                    feed = self._feed(body[:HEAD])
                except (StillWritten, TakenByAnother):
                    done.unsettled += 1
                except CarehubError as error:
                    self._set_aside(drop.key, drop.names, error.issues, done)
                except OSError as error:
                    self._troubled(drop.look.name, error)
                else:
                    handed.append((drop, Submission(feed, body, self._clock(), drop.sender, drop.key)))
            if handed:
                self._hand_over(handed, done)

    def _hand_over(self, handed: Sequence[tuple[_Drop, Submission]], done: Round) -> None:
        try:
            answers: Sequence[Receipt | CarehubError] = self._receive_each([submission for _, submission in handed])
        except Unavailable as error:
            answers = [error] * len(handed)
        except Exception as error:  # a bug of ours: the files stay where they are
            for drop, _ in handed:
                self._troubled(drop.look.name, error)
            return
        for (drop, _), answer in zip(handed, answers, strict=True):
            self._answered(drop, answer, done)

    def _take_large(self, drop: _Drop, file: Whole, done: Round) -> None:
        stream = io.BufferedReader(file, 1 << 20)
        feed = self._feed(stream.peek(HEAD)[:HEAD])
        try:
            answer: Receipt | CarehubError = self._receive_stream(feed, stream, drop.sender, drop.key)
        except (StillWritten, TakenByAnother):
            raise
        except CarehubError as error:
            answer = error
        except Exception as error:  # a bug of ours, or a disk that cannot be read: the file stays where it is
            self._troubled(drop.look.name, error)
            return
        self._answered(drop, answer, done)

    def _feed(self, head: bytes) -> str:
        """The feed. Raises Unreadable (FEED-031) for gzip, which no feed is sent in; a zip archive is for its adapter to read."""
        if head.startswith(_GZIP):
            raise Unreadable(issue("FEED-031"))
        return self._feed_of(head)

    def _answered(self, drop: _Drop, answer: Receipt | CarehubError, done: Round) -> None:
        if isinstance(answer, Unavailable):
            if not done.busy:
                self._note(f"not taken now: {answer.issues[0].number}")
            done.busy = True
        elif isinstance(answer, CarehubError):
            self._set_aside(drop.key, drop.names, answer.issues, done)
        else:
            try:
                self._places.processed(drop.key, drop.names, answer)
            except OSError as error:
                self._troubled(drop.look.name, error)
                return
            done.stored += 1
            self._note(f"stored submission {answer.submission}, {len(answer.messages)} messages")

    def _set_aside(self, key: str, names: tuple[str, ...], why: Sequence[Issue], done: Round) -> None:
        try:
            self._places.failed(key, names, why, self._clock())
        except OSError as error:
            self._troubled(names[0], error)
            return
        done.failed += 1
        self._note(f"a file was set aside: {why[0].number}")

    def _pass_over(self, name: str) -> None:
        if name not in self._passed_over:
            self._passed_over.add(name)
            self._note("a message of another workflow was left where it is")

    def _troubled(self, name: str, error: Exception) -> None:
        self._trouble.add(name, self._steady())
        self._note(f"a file was left where it is: {type(error).__name__}")


def _groups(drops: Sequence[_Drop]) -> Iterator[list[_Drop]]:
    """Neighbours that go into one transaction."""
    group: list[_Drop] = []
    size = 0
    for drop in drops:
        if group and (len(group) == _MOST_TOGETHER or size + drop.look.size > _TOGETHER_BYTES):
            yield group
            group, size = [], 0
        group.append(drop)
        size += drop.look.size
    if group:
        yield group
