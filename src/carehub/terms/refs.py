"""Names for source records, and the ids derived from them. An adapter author invents no id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1
from uuid import UUID

from carehub.terms.once import once

_SPACE = sha1(UUID("6f1d3c0e-6a55-5f0e-9d0b-8a4f1c7c2b11").bytes, usedforsecurity=False)
_VARIANT = {f"{n:x}": "89ab"[n & 3] for n in range(16)}


# A message names its records many times over, and the same patients come back: most ids are asked for again at once.
@lru_cache(maxsize=16_384)
def _uuid5(name: str) -> str:
    """The UUID of a name in our space, version 5 (RFC 9562 section 5.5): what uuid.uuid5 gives, without its objects."""
    hashed = _SPACE.copy()
    hashed.update(name.encode())
    h = hashed.hexdigest()
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"


@dataclass(frozen=True, order=True, init=False)
class RecordRef:
    """What one source calls one record.

    source: the organisation's code. patient: the source's key for its patient (never a bare sender id where senders reuse those).
    type: FHIR resource type. local: the source's id for the record; "" for the Patient itself.
    Every record of a patient, also its Practitioners and Organizations, carries the patient's key: nothing is shared between patients.
    """

    source: str
    patient: str
    type: str
    local: str = ""

    def __init__(self, source: str, patient: str, type: str, local: str = "") -> None:
        # Made several times a message; what a frozen dataclass writes for itself takes twice as long.
        own = self.__dict__
        own["source"], own["patient"], own["type"], own["local"] = source, patient, type, local

    @classmethod
    def known(cls, type: str, id: str) -> RecordRef:
        """A record of which only the id is known, because another source told it. Its id stands for the key of its patient."""
        ref = cls("", id, type)
        ref.__dict__["id"] = id
        return ref

    @once
    def id(self) -> str:
        """The FHIR id: a UUID derived from the four parts, the same on every run and every machine."""
        return _uuid5("\x1f".join((self.source, self.patient, self.type, self.local)))

    @property
    def reference(self) -> str:
        """ "Type/id" for FHIR Reference.reference."""
        return f"{self.type}/{self.id}"

    def of_type(self, type: str, local: str) -> RecordRef:
        """Another record of the same patient at the same source."""
        return RecordRef(self.source, self.patient, type, local)


def derived_id(*parts: str) -> str:
    """A UUID derived from the parts, in order. For ids the hub coins: persons, submissions, messages, provenance."""
    return _uuid5("\x1e".join(parts))
