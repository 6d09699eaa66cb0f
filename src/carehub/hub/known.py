"""Known: what is asked of the store to show one record, each once while the answers hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carehub.hub.asked import Answers
from carehub.hub.hiding import hidden_records
from carehub.hub.shielding import Shield, shield_of
from carehub.store.ports import Links, Records
from carehub.store.stored import StoredRecord

_LONG = 16_384
"""Bytes of a record above which it is asked for each time: as many as are kept take 32 MB at most."""


@dataclass(frozen=True, slots=True)
class Known:
    """Over the ports. Each answer is asked for when it is first needed; raises as the store does."""

    answers: Answers
    records: Records
    links: Links

    def record(self, type: str, id: str) -> StoredRecord | None:
        """As Records.record."""
        return self.answers.of(("record", type, id), lambda: self.records.record(type, id), _short)

    def person_of(self, patient: str) -> str | None:
        """The person a patient record is linked with."""
        return self.answers.of(("person", patient), lambda: self.links.person_of([patient]).get(patient))

    def whose(self, named: str) -> str:
        """The person a patient record is linked with, or that of the patient of the record "Type/id"; what is named itself where there is none."""
        type_, _, id_ = named.partition("/")
        record = self.record(type_, id_) if id_ else None
        return self.person_of(record.patient if record else named) or named

    def current_person(self, person: str) -> str | None:
        """As Links.current_person."""
        return self.answers.of(("current", person), lambda: self.links.current_person(person))

    def linked(self, person: str) -> tuple[str, ...]:
        """The patient records linked with a person."""
        return self.answers.of(("linked", person), lambda: tuple(link.patient for link in self.links.links_of(person)))

    def hidden(self, person_of: Mapping[str, str]) -> Mapping[str, str]:
        """As hub.hiding.hidden_records."""
        return self.answers.of(("hidden", *person_of.items()), lambda: hidden_records(person_of, self.links))

    def shield(self, linked: tuple[str, ...]) -> Shield:
        """As hub.shielding.shield_of."""
        return self.answers.of(("shield", linked), lambda: shield_of(linked, self.records))


def _short(record: StoredRecord | None) -> bool:
    return record is None or len(record.body) <= _LONG
