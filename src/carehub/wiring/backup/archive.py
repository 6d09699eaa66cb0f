"""One file for a backup: a compressed archive, encrypted to the public half of a key pair in the age format (https://age-encryption.org/v1).

Who makes backups needs only the public half, so neither the hub's machine nor a stolen backup can open one.
"""

from __future__ import annotations

import gzip
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyrage

from carehub.wiring.settings import UnsafeSettings

MANIFEST = "manifest.json"
_PLAIN = "archive.tar.gz"


def new_key(path: Path) -> str:
    """Write the private half into a file that only its owner can read, and give the public half. Raises UnsafeSettings where there is a file."""
    key = pyrage.x25519.Identity.generate()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"# public key: {key.to_public()}\n{key}\n")
    except OSError as error:
        raise UnsafeSettings(f"{path}: {type(error).__name__}") from error
    return str(key.to_public())


def recipient_of(public: str) -> Any:
    """A public half from its text. Raises UnsafeSettings when it is none."""
    try:
        return pyrage.x25519.Recipient.from_str(public)
    except pyrage.RecipientError as error:
        raise UnsafeSettings("CAREHUB_BACKUP_RECIPIENT must be a public key as `carehub backup key` prints it: age1…") from error


def identities_of(key: Path) -> list[Any]:
    """The private halves in a file. Raises UnsafeSettings when it holds none."""
    try:
        lines = [line for line in key.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]
        return [pyrage.x25519.Identity.from_str(line.strip()) for line in lines]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise UnsafeSettings(f"{key} holds no key as `carehub backup key` writes it") from error


def sealed(files: list[Path], manifest: dict[str, Any], recipient: Any, target: Path) -> None:
    """Archive and encrypt files; beside them there must be room for the archive. The target is there whole or not at all."""
    plain, part = files[0].with_name(_PLAIN), target.with_name(f".{target.name}.part")
    (described := files[0].with_name(MANIFEST)).write_text(json.dumps(manifest))
    with gzip.open(plain, "wb", compresslevel=1) as compressed, tarfile.open(fileobj=compressed, mode="w|") as archive:
        for file in (described, *files):
            archive.add(file, file.name, filter=_nameless)
    try:
        with private(part) as writer, plain.open("rb") as reader:
            pyrage.encrypt_io(reader, writer, [recipient])
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    flush(target.parent)


def opened(source: Path, key: Path, folder: Path) -> dict[str, Any]:
    """The manifest of a backup whose files are laid into an empty folder. Raises UnsafeSettings for another key, and for a file that is no backup
    or not whole."""
    identities = identities_of(key)
    plain = folder / _PLAIN
    try:
        with source.open("rb") as reader, private(plain) as writer:
            pyrage.decrypt_io(reader, writer, identities)
    except pyrage.DecryptError as error:
        raise UnsafeSettings(f"{source} is no backup, or was not made for this key") from error
    except OSError as error:
        raise UnsafeSettings(f"{source} is not whole, was changed, or does not fit on the disk") from error
    with gzip.open(plain) as compressed, tarfile.open(fileobj=compressed, mode="r|") as archive:
        for name, held in _members(archive):
            with private(folder / name) as writer:
                while block := held.read(1 << 20):
                    writer.write(block)
    plain.unlink()
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    return manifest


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in archive:
        held = archive.extractfile(member)
        if held is None or member.name != Path(member.name).name:
            raise UnsafeSettings("the archive holds what no backup holds")
        yield member.name, held


def _nameless(member: tarfile.TarInfo) -> tarfile.TarInfo:
    return member.replace(uname="", gname="", uid=0, gid=0, mode=0o600, deep=False)


@contextmanager
def private(path: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner can read, on the disk when the block ends."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def flush(folder: Path) -> None:
    """Put what a folder lists on the disk."""
    opened_folder = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened_folder)
    finally:
        os.close(opened_folder)
