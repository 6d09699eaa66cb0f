"""Make a backup while the hub goes on working."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from carehub import __version__
from carehub.terms.moments import iso
from carehub.wiring.backup.archive import recipient_of, sealed
from carehub.wiring.backup.copying import copied
from carehub.wiring.backup.proving import Proof
from carehub.wiring.bootstrap import clock
from carehub.wiring.settings import Settings, UnsafeSettings

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Made:
    """path: of the backup. size: bytes. proof: what it holds."""

    path: Path
    size: int
    proof: Proof


def make_backup(settings: Settings, folder: Path) -> Made:
    """One file in the folder, named by the UTC time at which copying began. What was acknowledged before that is in it.

    Raises UnsafeSettings: no key to encrypt to, another backup of this store being made, a program missing; Unavailable: the store cannot be read.
    """
    if not settings.backup_recipient:
        raise UnsafeSettings("CAREHUB_BACKUP_RECIPIENT must name the public key that backups are encrypted to: see `carehub backup key`")
    recipient = recipient_of(settings.backup_recipient)
    folder.mkdir(parents=True, exist_ok=True)
    with working(settings) as work:
        made = iso(clock())
        files, proof = copied(settings, work)
        target = folder / f"carehub-{made.replace(':', '')}.age"
        manifest = {"format": FORMAT, "carehub": __version__, "made": made, "proof": asdict(proof)}
        sealed(files, manifest, recipient, target)
    return Made(target, target.stat().st_size, proof)


@contextmanager
def working(settings: Settings) -> Iterator[Path]:
    """An empty folder beside the store that only its owner can enter, gone at the end; what a killed run left there goes first.

    Raises UnsafeSettings while another process has it.
    """
    settings.var.mkdir(parents=True, exist_ok=True)
    work = settings.var / "backup-work"
    with (settings.var / "backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UnsafeSettings(f"another backup or restore is at work in {settings.var}") from error
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)
