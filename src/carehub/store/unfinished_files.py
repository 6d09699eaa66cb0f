"""What each process has in hand, as a small file of its own that it keeps locked: the system lets the lock go when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path


class FolderOfUnfinished:
    """carehub.store.trying.Unfinished in a folder, which is made when it is needed, for its owner only. A file holds ids of messages and nothing else.

    It is not synced: a machine that loses power loses the notes, and no message is to blame for that.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = 0
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._lists: dict[object, Sequence[str]] = {}
        self._name = ""
        self._file = -1

    @contextmanager
    def noted(self, messages: Sequence[str]) -> Iterator[None]:
        if self._process != os.getpid():  # also after a fork: the file that was inherited is the parent's
            self._begin()
            self._process = os.getpid()
        this = object()
        self._note(this, messages)
        try:
            yield
        finally:
            self._note(this, ())

    def _note(self, this: object, messages: Sequence[str]) -> None:
        with self._lock:
            if messages:
                self._lists[this] = messages
            else:
                del self._lists[this]
            with suppress(OSError):
                if self._file < 0:
                    self._file = self._made()
                # Emptied first: killed in between, it says nothing, and never half of something.
                os.ftruncate(self._file, 0)
                if self._lists:
                    os.pwrite(self._file, "".join(f"{' '.join(held)}\n" for held in self._lists.values()).encode(), 0)

    def _made(self) -> int:
        """Locked before it has the name that others look for."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = uuid.uuid4().hex
        file = os.open(self._folder / f".{name}", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (self._folder / f".{name}").rename(self._folder / name)
        self._name = name
        return file

    def elsewhere(self) -> set[str]:
        found: set[str] = set()
        for _, file, ended in self._others():
            if not ended:
                found.update(held[0] for held in _lists(file) if len(held) == 1)
        return found

    def left(self, count: Callable[[Sequence[str]], None]) -> None:
        for path, file, ended in self._others():
            if ended:
                for held in _lists(file):
                    count(held)
                path.unlink(missing_ok=True)

    def _others(self) -> Iterator[tuple[Path, int, bool]]:
        """(path, file, whether its process has ended) of every other process; locked here meanwhile where it has ended, so that one alone counts it."""
        try:
            names = [name for name in os.listdir(self._folder) if name != self._name and not name.startswith(".")]
        except OSError:
            return
        for name in names:
            path = self._folder / name
            try:
                file = os.open(path, os.O_RDWR)
            except OSError:
                continue
            try:
                yield path, file, _locked(file) and path.exists()
            finally:
                os.close(file)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _lists(file: int) -> list[list[str]]:
    return [line.split() for line in os.pread(file, 1 << 24, 0).decode().splitlines()]
