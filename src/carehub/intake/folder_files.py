"""Files others drop: which of them are whole, and reading one so that a file that still grows is never taken for a whole one."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

# What programs call a file while they write it; a rename ends that.
_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".uploading", ".writing", ".swp", "~")


class StillWritten(OSError):
    """The file changed while it was read, or somebody has it open for writing."""


class TakenByAnother(OSError):
    """Another watcher reads it, or has just moved it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a file saw; equal looks mean that nothing was written in between."""

    name: str
    size: int
    modified: int
    inode: int

    @property
    def order(self) -> tuple[int, str]:
        return self.modified, self.name


def looks(place: Path) -> dict[str, Look]:
    """Plain files of a folder by name. Passed over: subfolders, links, pipes, hidden files, and names of files being written."""
    seen: dict[str, Look] = {}
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
                continue
            try:
                stat = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # moved on in this moment
            if S_ISREG(stat.st_mode):
                seen[entry.name] = Look(entry.name, stat.st_size, stat.st_mtime_ns, stat.st_ino)
    return seen


class Settling:
    """Which files have rested: two looks at least `seconds` apart saw the same."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[str, tuple[Look, float]] = {}

    def settled(self, seen: dict[str, Look], now: float) -> dict[str, Look]:
        """Those of the files just seen that have rested. now: of a clock that never jumps."""
        before = self._since
        self._since = {name: before[name] if name in before and before[name][0] == look else (look, now) for name, look in seen.items()}
        return {name: look for name, look in seen.items() if now - self._since[name][1] >= self._seconds}


class Whole(io.RawIOBase):
    """A file's bytes from its beginning. At their end it raises StillWritten unless they are what the look before had seen."""

    def __init__(self, handle: int, look: Look) -> None:
        self._handle, self._look, self._read = handle, look, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        got = os.readv(self._handle, [buffer])
        self._read += got
        if got == 0 and len(buffer):
            self.check()
        return got

    def all(self) -> bytes:
        """Every byte of a file that fits into memory."""
        body = io.BufferedReader(self).read(self._look.size + 1)
        self.check()
        return body

    def check(self) -> None:
        """Raise StillWritten unless the whole file was read and has not changed."""
        stat = os.fstat(self._handle)
        if (self._read, stat.st_size, stat.st_mtime_ns) != (self._look.size, self._look.size, self._look.modified):
            raise StillWritten


@contextmanager
def opened(place: Path, look: Look) -> Iterator[Whole]:
    """The file of a look, locked against other watchers. Raises TakenByAnother, StillWritten, OSError."""
    path = place / look.name
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise TakenByAnother from None
    try:
        _lock(handle)
        stat = os.fstat(handle)
        try:
            there = path.lstat().st_ino
        except FileNotFoundError:
            raise TakenByAnother from None
        if there != stat.st_ino:
            raise TakenByAnother
        if (stat.st_ino, stat.st_size, stat.st_mtime_ns) != (look.inode, look.size, look.modified) or _open_for_writing(handle):
            raise StillWritten
        yield Whole(handle, look)
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    """A lock that ends with the process, however it ends. Where the file system has none, the delivery key alone keeps two watchers apart."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            raise TakenByAnother from None


def _open_for_writing(handle: int) -> bool:
    """Whether the kernel knows of a writer on this machine. A copy that pauses longer than files rest is found by it; False where nobody can say."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)  # ignored unless asked for; the default would end the process
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
