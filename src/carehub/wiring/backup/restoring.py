"""Restore a backup into an empty store, and prove that the same came out."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from carehub.governance.audit_chain import Verdict, examine
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.places import Place
from carehub.store.sql.store import SqlStore
from carehub.wiring.backup.archive import MANIFEST, flush, opened
from carehub.wiring.backup.copying import names
from carehub.wiring.backup.making import FORMAT, working
from carehub.wiring.backup.programs import load
from carehub.wiring.backup.proving import Proof, proof_of
from carehub.wiring.settings import Settings, UnsafeSettings


@dataclass(frozen=True, slots=True)
class Restored:
    """made: when copying began, ISO UTC. proof: what the restored store holds. differing: figures that the backup does not give. audit: the trail,
    walked whole."""

    made: str
    proof: Proof
    differing: tuple[str, ...]
    audit: Verdict

    @property
    def same(self) -> bool:
        return not self.differing and not self.audit.found


def restore_backup(settings: Settings, source: Path, key: Path) -> Restored:
    """Fill the store that the settings name. Raises UnsafeSettings: there is something in it, another key, no or another kind of backup."""
    store = SqlStore(settings.store_url, settings.audit_key, settings.audit_database_url)
    with closing(store), working(settings) as work:
        targets = names(store)
        for place in targets.values():
            _refuse_unless_empty(place)
        manifest = opened(source, key, work)
        held = {file.name for file in work.iterdir()} - {MANIFEST}
        if manifest["format"] != FORMAT or held != set(targets):
            raise UnsafeSettings(
                f"{source} holds {', '.join(sorted(held))}; the store that the settings name wants {', '.join(sorted(targets))}"
            )
        # The log first: with that alone a hub would work everything else out again.
        for name, place in reversed(targets.items()):
            _fill(place, work / name)
    upgrade(settings.store_url, settings.audit_database_url)
    with closing(SqlStore(settings.store_url, settings.audit_key, settings.audit_database_url)) as restored:
        proof, told = proof_of(restored), Proof(**manifest["proof"])
        verdict = examine(restored.audit.chain(), restored.audit.head(), settings.audit_key, told.audit)
        return Restored(manifest["made"], proof, tuple(proof.differing(told)), verdict)


def _refuse_unless_empty(place: Place) -> None:
    empty = not place.file.exists() if place.file else place.ask(_tables) == 0
    if not empty:
        raise UnsafeSettings("a backup is restored into an empty store only: the one that the settings name holds something")


def _tables(connection: Connection) -> int:
    asked = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    return int(connection.execute(text(asked)).scalar_one())


def _fill(place: Place, file: Path) -> None:
    target = place.file
    if target is None:
        return load(place.url, file)
    part = target.with_name(f".{target.name}.part")
    shutil.move(file, part)
    os.rename(part, target)
    flush(target.parent)
    return None
