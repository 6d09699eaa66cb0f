"""What a store holds, in three figures that a restored store must give again."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from carehub.hub.rebuild import record_hash
from carehub.store.ports import Store


@dataclass(frozen=True, slots=True)
class Proof:
    """messages: the last place in the log. record: the hash over the unified record (hub.rebuild.record_hash). audit: the head of the audit trail, ""
    for an empty one."""

    messages: int
    record: str
    audit: str

    def differing(self, other: Proof) -> list[str]:
        """The names of the figures that are not the same."""
        ours, theirs = asdict(self), asdict(other)
        return [name for name in ours if ours[name] != theirs[name]]


def proof_of(store: Store) -> Proof:
    """The figures of a store that nobody writes to meanwhile."""
    return Proof(store.log.last_position(), record_hash(links=store.links, plans=store.plans), str(store.audit.head() or ""))
