"""What the door out hands to the page and the API: frozen values, always inside Disclosed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from carehub.careplan.changes import Change
from carehub.careplan.disagreement.progress import Progress
from carehub.careplan.plan import SectionState, SourceState, UnifiedCarePlan
from carehub.fhir.provenance import provenance_bytes
from carehub.terms.attribution import Attribution


@dataclass(frozen=True, slots=True)
class PersonQuery:
    """Who to look for; every value given must agree. nhs_number: as typed. birth_date: YYYY-MM-DD. "" means not given."""

    nhs_number: str = ""
    family: str = ""
    given: str = ""
    birth_date: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class PersonHit:
    """One person found, with enough to tell people apart. sources: badges of the sources that hold a record. related: False for one whose record the
    reader may not open, because no relationship is recorded; then postcode, died and sources are not told."""

    person: str
    family: str
    given: str
    prefix: str
    birth_date: str
    gender: str
    nhs_number: str
    postcode: str
    died: str
    sources: tuple[str, ...]
    related: bool = True


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person's plan at the moment of reading. built_at: aware UTC. progress: how far each conflict has come, also those resolved at source; the
    plan's own conflicts are those that stand. emergency: the sentence of the reader's emergency access, "" without one."""

    plan: UnifiedCarePlan
    source_states: tuple[SourceState, ...]
    section_states: dict[str, tuple[SectionState, ...]]
    allergy_label: str
    built_at: datetime
    progress: tuple[Progress, ...] = ()
    emergency: str = ""


@dataclass(frozen=True, slots=True)
class EarlierRecord(PersonRecord):
    """A record as it stood. as_of: ISO UTC. limits: what it cannot tell, in sentences."""

    as_of: str = ""
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """What changed in a record between two instants (ISO UTC). record: as it stood at the second. cannot_tell: (source, why) of sources that may
    hold changes that have not come. limits: what looking back cannot tell."""

    record: PersonRecord
    since: str
    until: str
    changes: tuple[Change, ...]
    cannot_tell: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]


@dataclass(frozen=True)
class StoredBody:
    """One source record as served: its type, id, version, exact JSON, and who said it. last_updated: when the hub received this version, ISO UTC."""

    type: str
    id: str
    version: int
    last_updated: str
    body: bytes
    attribution: Attribution

    @cached_property
    def provenance(self) -> tuple[str, bytes]:
        """Id and exact JSON of the Provenance that tells where the record came from."""
        return provenance_bytes(self.attribution)
