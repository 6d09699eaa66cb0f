"""What came for a section and stands in no row of it: records that cannot be shown as rows, and parts of messages that became no record (UI-17)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from carehub.careplan.accounts import ARRANGING
from carehub.careplan.clauses import CLAUSE
from carehub.careplan.missing import fatal
from carehub.careplan.plan import Entry, Notice, SourceReport, UnifiedCarePlan
from carehub.careplan.protection import labels
from carehub.careplan.section_state import NOT_READ
from carehub.careplan.sections import SECTIONS_OF_TYPE
from carehub.careplan.ways_in import body_tells_way_in
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.canonical import dumps
from carehub.governance.redaction import Disclosed, carry
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.lost_parts import LostPart, lost_parts
from carehub.hub.reading import StoredBody
from carehub.hub.shielding import restricted
from carehub.hub.telling import patient_of
from carehub.terms.errors import Refused
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation

_OUT = ("hidden_wrong", "objected", CLAUSE)


@dataclass(frozen=True, slots=True)
class NotReadEntry:
    """One of them. source: its title. type: FHIR resource type. received: ISO UTC. record: "Type/id" where a record is held, which is read as sent;
    else "". message: the id of the message it came in. at: its place there, "" where not known. why: the number of the issue, "" for a record that
    no row stands for. count: how many the message says these are. text: JSON as carehub would have kept it, "" where there is none to show."""

    source: str
    type: str
    received: str
    record: str
    message: str
    at: str
    why: str
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class NotRead:
    """The verb, over a hub."""

    hub: Hub

    def of(self, requester: Requester, person: str, section: str) -> Disclosed[tuple[NotReadEntry, ...]]:
        """What a section of a person says of its sources that carehub could not read, as far as this reader may see it: by source, newest first.

        A record passes the rules of every record. The text of a part passes where nothing at all is kept back from this reader: it has no record
        yet by which a rule could tell. Raises Missing, Refused (also where the section is masked).
        """
        released = self.hub.disclosing.everything(requester, person, f"{section}: not read, as sent")
        if any(mask.section == section for mask in released.masks):
            raise Refused(issue("API-002"))
        plan, bodies = released.value
        speaking = {state.source for state in plan.section(section).states if NOT_READ in state.sentence}
        found = [*_held(plan, section, bodies, speaking)]
        reports = [one for one in plan.sources if one.source in speaking and not any(w.state in _OUT for w in one.warnings)]
        store, patients = self.hub.store, [report.patient.removeprefix("Patient/") for report in reports]
        everything = not released.masks and not restricted((link.patient for link in store.links.links_of(plan.person)), store.records)
        outcomes = store.records.outcomes_of(patients)
        for report, patient in zip(reports, patients, strict=True):
            told = [one for one in outcomes.get(patient, ()) if one.feed in report.feeds]
            parts = [part for part in lost_parts(told) if not _whole_message(part) and section in SECTIONS_OF_TYPE.get(part.about, ())]
            limited = any(s.source == report.source and s.state == CLAUSE for one in plan.sections for s in one.states)
            texts = self._texts(parts, patient) if everything and not limited else {}
            found += [_part(part, report, texts) for part in parts]
        found.sort(key=lambda one: one.received, reverse=True)
        return carry(released, tuple(sorted(found, key=lambda one: one.source)))

    def _texts(self, parts: list[LostPart], patient: str) -> dict[tuple[str, str, str], str]:
        """By message, place and type: what the adapter makes of a part, without what its source labelled or what tells how to get in."""
        texts: dict[tuple[str, str, str], str] = {}
        for id, message in self.hub.log.read({part.by.message for part in parts if part.at}).items():
            if (mapped := self._mapped(message)) is not None:
                texts |= {(id, at, type): text for at, type, text in _readable(mapped, patient)}
        return texts

    def _mapped(self, message: Message) -> Mapped | None:
        try:
            return self.hub.catalogue.adapter(message.feed).map_message(message)
        except Exception:  # as when it was mapped: an adapter's bug costs this text and not the page
            return None


def _whole_message(part: LostPart) -> bool:
    return fatal(Notice(part.kind, part.number, part.about, part.times))


def _readable(mapped: Mapped, patient: str) -> Iterator[tuple[str, str, str]]:
    for record in mapped.records:
        if record.change == "withdrawn" or patient_of(record, mapped) != patient or labels(record.resource):
            continue
        if not body_tells_way_in(dumps(record.resource)):
            yield record.at, record.ref.type, json.dumps(record.resource, ensure_ascii=False, indent=1)


def _part(part: LostPart, report: SourceReport, texts: Mapping[tuple[str, str, str], str]) -> NotReadEntry:
    text = texts.get((part.by.message, part.at, part.about), "")
    return NotReadEntry(report.source.title, part.about, part.by.received, "", part.by.message, part.at, part.number, part.times, text)


def _held(
    plan: UnifiedCarePlan, section: str, bodies: tuple[StoredBody, ...], speaking: Collection[SourceOrganisation]
) -> Iterator[NotReadEntry]:
    """Records of the section's types that no row of the plan stands for."""
    claimed = {record for one in plan.sections for entry in one.entries for record in _claims(entry)}
    for body in bodies:
        record = f"{body.type}/{body.id}"
        if body.type in ARRANGING or section not in SECTIONS_OF_TYPE.get(body.type, ()) or record in claimed:
            continue
        if body.attribution.source in speaking:
            yield NotReadEntry(body.attribution.source.title, body.type, body.last_updated, record, "", "", "", 1, "")


def _claims(entry: Entry) -> Iterator[str]:
    yield from (told.record for told in entry.attributions)
    for member in entry.members:
        yield from _claims(member)
