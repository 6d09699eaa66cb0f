"""One file after the other, compressed and encrypted on its way into a folder, and back: for what PostgreSQL writes between two backups.

Nothing readable touches the folder's disk. A file is named by what it holds, so that the same one twice is one, and another under its name is refused:
PostgreSQL asks both of an archive command (manual of version 15, 26.3.1).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import pyrage

from carehub.wiring.backup.archive import flush, identities_of, private
from carehub.wiring.settings import UnsafeSettings

_BLOCK, _DIGITS = 1 << 20, 32


class NotKept(LookupError):
    """The folder has other files and none of that name."""


class _Reader(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Packed:
    """Reads a source as gzip, and knows the digest of what it has read."""

    def __init__(self, source: _Reader) -> None:
        self._source, self._packer, self._ready = source, zlib.compressobj(1, wbits=31), b""
        self.digest = hashlib.sha256()
        self._ended = False

    def read(self, size: int) -> bytes:
        while not self._ended and len(self._ready) < size:
            block = self._source.read(_BLOCK)
            self.digest.update(block)
            self._ready += self._packer.compress(block) if block else self._packer.flush()
            self._ended = not block
        given, self._ready = self._ready[:size], self._ready[size:]
        return given


class _Unpacking:
    """Takes gzip and writes what was packed, and knows its digest."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self._unpacker, self.digest = target, zlib.decompressobj(wbits=31), hashlib.sha256()

    def write(self, block: bytes) -> int:
        rest = bytes(block)
        while rest and (plain := self._unpacker.decompress(rest, _BLOCK)):
            self.digest.update(plain)
            self._target.write(plain)
            rest = self._unpacker.unconsumed_tail
        return len(block)

    def flush(self) -> None:
        self._target.flush()


def keep(source: IO[bytes], name: str, folder: Path, recipient: Any) -> Path:
    """The file that now holds these bytes under that name, on the disk when this returns. recipient: see archive.recipient_of.

    Raises UnsafeSettings for a name that is no file's, and where the folder has other bytes under it.
    """
    if name != Path(name).name or name.startswith("."):
        raise UnsafeSettings("a kept file has a plain name")
    part = folder / f".{name}.part"
    part.unlink(missing_ok=True)
    packed = _Packed(source)
    try:
        with private(part) as writer:
            pyrage.encrypt_io(packed, writer, [recipient])
        target = folder / f"{name}.{packed.digest.hexdigest()[:_DIGITS]}.age"
        if others := set(_named(folder, name)) - {target}:
            raise UnsafeSettings(f"{folder} holds other bytes as {name} already: {sorted(other.name for other in others)[0]}")
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    flush(folder)
    return target


def fetch(folder: Path, name: str, key: Path, target: IO[bytes]) -> None:
    """Write what was kept under a name.

    Raises NotKept; UnsafeSettings where the folder holds nothing at all (it may not be mounted), for another key, and for a file that is not whole.
    """
    identities = identities_of(key)
    if not folder.is_dir() or not any(folder.glob("*.age")):
        raise UnsafeSettings(f"{folder} holds no kept files: is it there?")
    match list(_named(folder, name)):
        case []:
            raise NotKept(name)
        case [source]:
            unpacking = _Unpacking(target)
            with source.open("rb") as reader, _explained(source):
                pyrage.decrypt_io(reader, unpacking, identities)
            if unpacking.digest.hexdigest()[:_DIGITS] != source.name.split(".")[-2]:
                raise UnsafeSettings(f"{source} does not hold what its name says")
        case _:
            raise UnsafeSettings(f"{folder} holds several files as {name}")


def _named(folder: Path, name: str) -> Iterator[Path]:
    begins = f"{name}."
    return (path for path in folder.iterdir() if path.name.startswith(begins) and len(path.name) == len(begins) + _DIGITS + len(".age"))


@contextmanager
def _explained(source: Path) -> Iterator[None]:
    try:
        yield
    except pyrage.DecryptError as error:
        raise UnsafeSettings(f"{source} was not made for this key") from error
    except (OSError, zlib.error) as error:
        raise UnsafeSettings(f"{source} is not whole, was changed, or does not fit on the disk") from error
