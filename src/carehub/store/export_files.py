"""Files of exports on disk: written in a folder that nobody is served from, which takes its final name at once when it is whole."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from carehub.governance.export import Size
from carehub.terms.errors import Missing, StoreBusy
from carehub.terms.issue_catalogue import issue

_PART = ".part"


class FolderOfExports:
    """carehub.store.exporting.ExportFiles in a folder, which is made when it is needed, for its owner only. Names of exports and of their files are
    the hub's own: none is made of what anybody sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def alone(self, export: str) -> Iterator[bool]:
        with _writing():
            self._part(export).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            held = os.open(self._part(export), os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield _locked(held)
        finally:
            os.close(held)

    def clear(self, export: str) -> None:
        with _writing():
            for file in self._part(export).iterdir():
                file.unlink()

    def resume(self, export: str, sizes: Mapping[str, Size]) -> bool:
        with _writing():
            there = {file.name: file for file in self._part(export).iterdir()}
            if any(name not in there or there[name].stat().st_size < size.bytes for name, size in sizes.items()):
                return False
            for name, file in there.items():
                if name in sizes:
                    os.truncate(file, sizes[name].bytes)
                else:
                    file.unlink()
        return True

    def add(self, export: str, lines: Mapping[str, Sequence[bytes]]) -> None:
        with _writing():
            for name, told in lines.items():
                path = self._part(export) / name
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
                    file.writelines(line + b"\n" for line in told)
                    file.flush()
                    os.fsync(file.fileno())

    def publish(self, export: str) -> None:
        with _writing():
            if self.published(export):
                shutil.rmtree(self._part(export), ignore_errors=True)
            else:
                _sync(self._part(export))
                self._part(export).rename(self._folder / export)
                _sync(self._folder)

    def published(self, export: str) -> bool:
        return (self._folder / export).is_dir()

    def open(self, export: str, name: str) -> BinaryIO:
        try:
            return (self._folder / export / name).open("rb")
        except OSError:
            raise Missing(issue("API-003")) from None

    def remove(self, export: str) -> None:
        for folder in (self._part(export), self._folder / export):
            shutil.rmtree(folder, ignore_errors=True)

    def held(self) -> list[str]:
        try:
            return sorted({folder.name.removesuffix(_PART) for folder in self._folder.iterdir()})
        except OSError:
            return []

    def _part(self, export: str) -> Path:
        return self._folder / f"{export}{_PART}"


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreBusy(issue("STORE-007")) from error


def _locked(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sync(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
