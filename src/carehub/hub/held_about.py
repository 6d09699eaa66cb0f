"""All that the hub holds about one person, each item with why somebody must look at it before the person is given it. Reads only; the door is
hub.subject_access."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from carehub.careplan.plan import UnifiedCarePlan
from carehub.careplan.reading.objections import in_force
from carehub.careplan.third_parties import SAFEGUARDING, Around, around, of_words, why_reviewed
from carehub.fhir.canonical import loads
from carehub.governance.agreements import Agreements
from carehub.hub.assemble_plan import plan_now
from carehub.hub.hiding import hidden_records
from carehub.hub.hub import Hub
from carehub.hub.record_versions import versions
from carehub.hub.sharing import speaking
from carehub.hub.shielding import restricted, shield_of
from carehub.hub.who_looked import ids_of
from carehub.identity.rulings import unsettled
from carehub.store.stored import AuditRow, MapOutcome, StoredRecord
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant, iso, london_date

HIDDEN = "It was reported as possibly another person's and is hidden until a steward answers."
DOUBTED = "It was reported as possibly another person's; a steward has not answered yet."
PROTECTED = "A source marks where the person lives as protected: be sure who asks, and where it is sent."
ONCE_ANOTHERS = "It was written down under the id of another person, of whom this person's record was thought to be at the time."
NAMED_WITH_OTHERS = "The message also names patient records that are not this person's."
AS_RECEIVED = "It is as it was received: nothing in it was looked at for what it tells of others."
_ALL = 1_000_000_000
_IN_EFFECT_BY = timedelta(days=1)
_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Item:
    """One thing held. kind: the FHIR type, or what of the hub's own it is. source: who said it. at: when the hub came to hold it, ISO UTC. version:
    of a record, 0 for what has none; current: it stands now. withdrawn: its source took it back. body: JSON. reasons: why it is reviewed first."""

    kind: str
    id: str
    source: str
    at: str
    body: bytes = field(repr=False)
    reasons: tuple[str, ...] = ()
    version: int = 0
    current: bool = True
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """A message about the person. body: its bytes, as they came. waiting: numbers of the issues for which it, or parts of it, wait in quarantine."""

    id: str
    feed: str
    kind: str
    received: str
    verdict: str
    waiting: tuple[str, ...]
    body: bytes = field(repr=False)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the record as a reader sees it, in words. records: "Type/id" of what says it."""

    section: str
    title: str
    status: str
    when: str
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    records: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldAbout:
    """Who is who, and why what is looked at first. person: as the hub calls them now. ids: every id that the hub had for their records. since: id of
    another living person to the time (ISO UTC, "" for still) that a record of this person was in theirs. why: record ("Type/id") to reasons."""

    hub: Hub
    person: str
    ids: tuple[str, ...]
    patients: tuple[str, ...]
    hidden: frozenset[str]
    known: Around
    elsewhere: Mapping[str, tuple[str, str]]
    now: str
    plan: UnifiedCarePlan | None
    told_by: Mapping[str, tuple[str, ...]]

    def records(self) -> Iterator[Item]:
        """Every version that the hub keeps of every record of every source, those withdrawn too: the current one of each record first."""
        store = self.hub.store
        covered = shield_of(self.patients, store.records)
        closed = restricted(self.patients, store.records)
        for record in store.records.of_patients(self.patients):
            of_record = self.told_by.get(f"{record.type}/{record.id}", ())
            where = closed and (record.type == "Patient" or covered(record) is not record)
            more = (*self._of_patient(record.patient), *of_record, *((PROTECTED,) if where else ()))
            yield self._item(record, record.version, record.received, record.body, more, current=True, withdrawn=record.withdrawn)
            if record.version > 1:
                earlier = versions(record, lambda version: version, store.records, self.hub.catalogue)[1:]
                for one in (one for one in earlier if one.shown):
                    yield self._item(record, one.number, one.at, one.shown.body, more, current=False)  # type: ignore[union-attr]

    def _item(
        self,
        record: StoredRecord,
        version: int,
        at: str,
        body: bytes,
        more: Sequence[str],
        *,
        current: bool,
        withdrawn: bool = False,
    ) -> Item:
        reasons = dict.fromkeys((*more, *why_reviewed(loads(body), self.known)))
        return Item(record.type, record.id, record.source.title, at, body, tuple(reasons), version, current, withdrawn)

    def _of_patient(self, patient: str) -> tuple[str, ...]:
        return (HIDDEN,) if patient in self.hidden else self.told_by.get(patient, ())

    def lines(self, why: Mapping[str, Iterable[str]]) -> Iterator[Line]:
        """The entries of the record. why: reasons by record, as `records` gave them."""
        for section in self.plan.sections if self.plan else ():
            for entry in (row for held in section.entries for row in (held.members or (held,))):
                told = tuple(dict.fromkeys(one.record for one in entry.attributions))
                facts = tuple(f"{fact.label}: {fact.value}" for fact in entry.facts)
                quoted = (reason for one in told for reason in why.get(one, ()))
                reasons = dict.fromkeys((*quoted, *of_words((entry.title, *facts), self.known)))
                sources = tuple(dict.fromkeys(one.source.title for one in entry.attributions))
                yield Line(section.title, entry.title, entry.status, entry.when, facts, sources, told, tuple(reasons))

    def messages(self) -> Iterator[Received]:
        """Every message that is known to be about the person, whether it was read, waits, or was put right since."""
        log, told = self.hub.store.log, self.hub.store.records.outcomes_of(self.patients)
        outcomes = sorted((one for each in told.values() for one in each), key=lambda one: one.position)
        for start in range(0, len(outcomes), _TOGETHER):
            group = outcomes[start : start + _TOGETHER]
            bodies = log.read([one.message for one in group])
            for one in group:
                waiting = {found.number for found in one.issues} if one.verdict == "rejected" else set()
                waiting |= {found.number for part in one.quarantined for found in part.issues}
                body, reasons = bodies[one.message].body, tuple(self._of_message(one))
                yield Received(one.message, one.feed, one.kind, one.received, one.verdict, tuple(sorted(waiting)), body, reasons)

    def _of_message(self, one: MapOutcome) -> Iterator[str]:
        yield AS_RECEIVED
        if not self.known.own.issuperset(one.patients):
            yield NAMED_WITH_OTHERS
        yield from self._of_patient(one.patient)

    def accesses(self) -> Iterator[Item]:
        """Every look, answer and refusal about the person under every id that the hub had for their records, oldest first; of an id that is another
        living person's, those of the time that this person's record was in it."""
        trail = self.hub.store.audit
        found: dict[AuditRow, tuple[str, ...]] = {row: () for one in self.ids for row in trail.about(one, _ALL)}
        for one, (since, until) in self.elsewhere.items():
            found |= {row: (ONCE_ANOTHERS,) for row in trail.about(one, _ALL) if since <= row.at <= until}
        for row in sorted(found, key=lambda row: (row.at, row.id)):
            yield Item("AuditEvent", row.id, "carehub", row.at, row.event, found[row])


def held_about(hub: Hub, person: str, agreements: Agreements, now: datetime) -> HeldAbout:
    """Who is who for one person. agreements: in force. now: aware. Raises Missing for a person of whom nothing is held."""
    links, records = hub.store.links, hub.store.records
    current = links.current_person(person) or person
    ids = tuple(ids_of(current, links))
    patients = tuple(link.patient for link in links.links_of(current))
    if not patients:
        raise Missing(issue("API-003"))
    hidden = frozenset(hidden_records(dict.fromkeys(patients, current), links))
    plan = plan_now(current, records, links, hub.catalogue)
    told = dict(_doubted(hub, patients))
    for key, reasons in _withheld(plan, agreements, london_date(iso(now))).items() if plan else ():
        told[key] = (*told.get(key, ()), *reasons)
    near = (loads(record.body) for record in records.of_patients(patients, ("Patient", "RelatedPerson")) if record.patient not in hidden)
    elsewhere = _elsewhere(hub, patients, ids, iso(now))
    return HeldAbout(hub, current, ids, patients, hidden, around(near, patients), elsewhere, iso(now), plan, told)


def _doubted(hub: Hub, patients: Sequence[str]) -> dict[str, tuple[str, ...]]:
    links = hub.store.links
    reports = links.reports(patients)
    named = {one for report in reports for one in (report.record, *report.others)}
    standing = unsettled(reports, links.rulings(patients), links.person_of(named))
    return {report.record: (DOUBTED,) for report in standing}


def _withheld(plan: UnifiedCarePlan, agreements: Agreements, day: str) -> dict[str, tuple[str, ...]]:
    """By patient record or "Type/id" of a record: what keeps it from readers, which does not keep it from the person, and whom to ask."""
    found: dict[str, tuple[str, ...]] = {}
    for report in plan.sources:
        title, code = report.source.title, report.source.code
        patient = report.patient.removeprefix("Patient/")
        if in_force(report.objections, day):
            found[patient] = (
                f"The person objected to sharing what {title} holds, so readers do not see it. Ask {title} before it is given.",
            )
        elif report.source.kind.value != "person" and not agreements.may_show(code, day):
            found[patient] = (f"There is no agreement in force with {title}, so readers do not see it. Ask {title} before it is given.",)
        agreed = agreements.of(code)
        for clause in (clause for clause in (agreed.clauses if agreed else ()) if clause.in_force(day)):
            kept = f"Clause {clause.id} of the agreement with {title} keeps it from readers. Ask {title} before it is given."
            for record in speaking(plan, clause.classes, code):
                found[record] = (*found.get(record, ()), kept)
    for record in _safeguarding(plan):
        found[record] = (*found.get(record, ()), SAFEGUARDING)
    return found


def _safeguarding(plan: UnifiedCarePlan) -> set[str]:
    """The records ("Type/id") that stand under safeguarding, except the person's own details."""
    rows = (row for entry in plan.section("safeguarding").entries for row in (entry, *entry.members))
    return {told.record for row in rows for told in row.attributions if not told.record.startswith("Patient/")}


def _elsewhere(hub: Hub, patients: Sequence[str], ids: Sequence[str], now: str) -> dict[str, tuple[str, str]]:
    """Other people's ids that a record of this person once had, with the time from the first to the last moment of it."""
    found: dict[str, tuple[str, str]] = {}
    for patient in patients:
        turns = [(at, link.person) for _, at, link in hub.store.links.history(patient)]
        ends = [at for at, _ in turns[1:]] + [now]
        for (at, person), until in zip(turns, ends, strict=True):
            if person not in ids:
                since, last = found.get(person, (at, until))
                found[person] = min(since, at), max(last, until)
    return {person: (since, _later(until)) for person, (since, until) in found.items()}


def _later(at: str) -> str:
    """A message says when it came, and what it says of who is who is in effect a little after that."""
    moment = instant(at)
    return iso(moment + _IN_EFFECT_BY) if moment else at
