"""Assembly: every linked source's records to one unified care plan. Deterministic, whatever the order of arrival; settles nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from carehub.careplan import absence, missing
from carehub.careplan.accounts import READABLE, read_view
from carehub.careplan.clauses import keep_back
from carehub.careplan.conflicts import placed
from carehub.careplan.content import plan_hash
from carehub.careplan.disagreement.find import disagreements
from carehub.careplan.duplicates import Folded, fold
from carehub.careplan.freshness import organisation, silent, silent_state
from carehub.careplan.identity import Told, identity
from carehub.careplan.joint import contradictions
from carehub.careplan.joint.joining import join
from carehub.careplan.joint.joint_plan import JointPlan
from carehub.careplan.known_services import unshared_sentence
from carehub.careplan.plan import (
    Conflict,
    Entry,
    ExpectedSource,
    Gap,
    Identity,
    Section,
    SectionState,
    SourceRecord,
    SourceReport,
    SourceView,
    UnifiedCarePlan,
)
from carehub.careplan.protection import protect
from carehub.careplan.reading.draft import Draft
from carehub.careplan.reading.lists import ListWarning, warnings
from carehub.careplan.reading.objections import objections
from carehub.careplan.reading.shelf import Shelf
from carehub.careplan.reading.ties import ties
from carehub.careplan.section_state import told_state
from carehub.careplan.sections import HEADINGS, SECTIONS_OF_TYPE
from carehub.careplan.speakers import Speakers, speakers
from carehub.fhir.resource import Resource, many, text
from carehub.terms.moments import london_date, sort_key
from carehub.terms.organisations import ODS_SYSTEM, SourceKind, SourceOrganisation


@dataclass(frozen=True, slots=True)
class _Read:
    """One view with everything read from it."""

    view: SourceView
    shelf: Shelf
    drafts: tuple[Draft, ...]
    unread: Counter[str]
    warnings: tuple[ListWarning, ...]


def assemble(person: str, views: Sequence[SourceView], expected: Sequence[ExpectedSource], reviews: int) -> UnifiedCarePlan:
    """One person's unified care plan from the records of the sources linked to them.

    views: one for each linked patient record. expected: every connected feed. reviews: records of other persons that await a
    steward, because they may be this person's.
    Independent of the order of its inputs; reads no clock; does not raise on valid R4. Every live record is an entry, part of one, or a gap.
    """
    read = [_read(view) for view in sorted(protect(views), key=lambda v: (v.source, v.patient))]
    heard = {feed for r in read for feed in r.view.feeds}
    waiting = silent(expected, heard)
    names = speakers([*(r.view.source for r in read), *(organisation(e) for e in waiting)])
    drafts: dict[str, list[Draft]] = {heading.key: [] for heading in HEADINGS}
    for r in read:
        for draft in r.drafts:
            drafts[draft.entry.section].append(draft)
    rows = {key: fold(held) for key, held in drafts.items()}
    told = _tellings(read)
    who = identity(told, names)
    joint = join([r.shelf for r in read if not r.view.hidden], rows)
    conflicts = _placed(drafts, rows, read, told, who, joint, names)
    sections = tuple(
        Section(h.key, h.title, _in_order(rows[h.key]), tuple(_states(h.key, read, drafts[h.key], waiting, names))) for h in HEADINGS
    )
    gaps = _gaps(read, waiting, expected, reviews, names)
    reports = tuple(_report(r) for r in read)
    known = tuple(sorted(expected, key=lambda e: (e.feed, e.title)))
    return UnifiedCarePlan(
        person=person,
        identity=who,
        sections=sections,
        conflicts=conflicts,
        gaps=gaps,
        sources=reports,
        expected=known,
        reviews=reviews,
        content_hash=plan_hash(who, sections, conflicts, gaps, reports, known, reviews, joint),
        joint=joint,
        ties=tuple(dict.fromkeys(tie for r in read for tie in ties(r.shelf))),
    )


def _read(view: SourceView) -> _Read:
    if view.unshared:
        why = ListWarning("", view.unshared, unshared_sentence(view.unshared, view.source.title))
        return _Read(view, Shelf(replace(view, records=())), (), Counter(), (why,))
    if view.hidden:
        # Hazard H-01: nothing of it is read, and every place where it would have spoken says so.
        why = ListWarning("", "hidden_wrong", absence.hidden_wrong(view.hidden))
        return _Read(view, Shelf(view), (), Counter(), (why,))
    kept, clauses = keep_back(view) if view.held_back else (view, ())
    shelf, drafts, unread = read_view(kept)
    return _Read(kept, shelf, tuple(drafts), unread, (*warnings(shelf), *clauses))


def _tellings(read: Sequence[_Read]) -> list[Told]:
    """The Patient records in use. One that its source merged away or closed speaks only where no other does."""
    every = [(r, _told(record, r.shelf)) for r in read for record in r.shelf.of("Patient")]
    in_use = [told for r, told in every if not r.view.merged_into and told.patient.get("active") is not False]
    return in_use or [told for _, told in every]


def _told(record: SourceRecord, shelf: Shelf) -> Told:
    patient = record.resource
    practices: list[str] = []
    doctors: list[str] = []
    for reference in many(patient, "generalPractitioner"):
        if isinstance(reference, dict):
            name = shelf.called(reference, patient) or text(reference, "identifier", "value")
            (practices if _is_practice(reference) else doctors).append(name)
    if record.attribution.source.kind is SourceKind.GP:
        # The organisation that manages a GP system's record is the practice; a hospital's is the hospital.
        practices.append(shelf.called(patient.get("managingOrganization"), patient))
    return Told(patient, shelf.attribution(record), next(filter(None, practices), ""), next(filter(None, doctors), ""))


def _is_practice(reference: Resource) -> bool:
    """Whether a general practitioner is named as an organisation: by reference, or by an ODS code alone, as councils do."""
    return text(reference, "reference").startswith("Organization/") or text(reference, "identifier", "system") == ODS_SYSTEM


def _placed(
    drafts: dict[str, list[Draft]],
    rows: dict[str, list[Folded]],
    read: Sequence[_Read],
    told: Sequence[Told],
    who: Identity,
    joint: JointPlan,
    names: Speakers,
) -> tuple[Conflict, ...]:
    """Conflicts whose statements point at the row on the page that holds the entry, which may be a folded one."""
    row_of = {draft.entry.key: row.entry.key for held in rows.values() for row in held for draft in row.drafts}
    section_of = {draft.entry.key: key for key, held in drafts.items() for draft in held}
    section_of |= {action.key: action.section for action in joint.actions}
    patient_of = {record.attribution.record: r.view.patient for r in read for record in r.shelf.live}
    of_plans = contradictions.find(joint, (row.entry for held in rows.values() for row in held), names)
    return placed([*disagreements(drafts, told, who, names), *of_plans], row_of, section_of, patient_of)


def _in_order(rows: list[Folded]) -> tuple[Entry, ...]:
    """Current before past, newest first, then by title and key."""
    entries = [row.entry for row in rows]
    entries.sort(key=lambda e: (e.title.casefold(), e.key))
    entries.sort(key=lambda e: sort_key(e.when), reverse=True)
    entries.sort(key=lambda e: not e.active)
    return tuple(entries)


def _states(
    key: str, read: Sequence[_Read], drafts: Sequence[Draft], waiting: Sequence[ExpectedSource], names: Speakers
) -> Iterator[SectionState]:
    """What each source says in a section, then the warnings that limit it; a source with several patient records speaks once."""
    by_source: dict[SourceOrganisation, list[_Read]] = {}
    for r in read:
        by_source.setdefault(r.view.source, []).append(r)
    for source, held in by_source.items():
        entries = [d.entry for d in drafts if (by := d.entry.attributions[0].source) is source or by == source]
        shown = [r for r in held if not r.view.hidden and not r.view.unshared]
        shares = any(key in r.view.sections for r in shown)
        if closed := [w for r in shown if key in dict(r.view.held_back) for w in r.warnings if w.section == key]:
            yield SectionState(source, closed[-1].code, closed[-1].sentence)
            continue
        if shown and (shares or entries or source.kind not in (SourceKind.PERSON, SourceKind.TEAM)):
            yield told_state(source, names[source], entries, shares, sum(_unreadable(key, r) for r in shown))
        for code, sentence in dict.fromkeys((w.code, w.sentence) for r in held for w in r.warnings if w.section in (key, "")):
            yield SectionState(source, code, sentence)
    for expected in waiting:
        yield SectionState(organisation(expected), *silent_state(expected))


def _unreadable(key: str, r: _Read) -> int:
    """Entries of a section that came and are not shown. A whole message that could not be read is the source's state, not a section's."""
    noticed = sum(max(n.count, 1) for n in r.view.notices if not missing.fatal(n) and key in SECTIONS_OF_TYPE.get(n.about, ()))
    return noticed + sum(count for type, count in r.unread.items() if key in SECTIONS_OF_TYPE.get(type, ()))


def _gaps(
    read: Sequence[_Read], waiting: Sequence[ExpectedSource], expected: Sequence[ExpectedSource], reviews: int, names: Speakers
) -> tuple[Gap, ...]:
    held = {r.view.patient for r in read}
    found: list[Gap] = []
    for r in read:
        found.extend(missing.of_notices(r.view))
        found.extend(missing.of_unread(r.view, r.unread, READABLE))
        found.extend(missing.of_warnings(r.view, r.warnings))
        found.extend(missing.of_merge(r.view, held, names))
    found.extend(missing.of_expected(waiting, expected, reviews, [r.view for r in read]))
    return tuple(sorted(dict.fromkeys(found), key=lambda g: (g.section != "", g.code, g.source, g.section, g.sentence)))


def _report(r: _Read) -> SourceReport:
    view = r.view
    # What is still to come is not the newest thing said: what is called planned, and what bears a date after it was received.
    said = [london_date(d.entry.when) for d in r.drafts if d.entry.when and not d.entry.status.startswith(("Planned", "Recommended"))]
    received = london_date(view.received)
    dates = [date for date in said if date <= received]
    unknown = sum(count for type, count in r.unread.items() if type not in READABLE)
    return SourceReport(
        source=view.source,
        patient=view.patient,
        feeds=tuple(sorted(view.feeds)),
        received=view.received,
        recorded=view.recorded,
        last_entry=max(dates, default=""),
        expected_every=view.expected_every,
        stale_after=view.stale_after,
        records=len(r.shelf.live),
        unreadable=sum(max(n.count, 1) for n in view.notices if n.kind == "unreadable" and not missing.fatal(n))
        + r.unread.total()
        - unknown,
        not_mapped=sum(max(n.count, 1) for n in view.notices if n.kind == "not_mapped") + unknown,
        warnings=tuple(SectionState(view.source, code, words) for code, words in dict.fromkeys((w.code, w.sentence) for w in r.warnings)),
        linked_because=view.linked_because,
        merged_into=view.merged_into,
        withdrawn=r.shelf.withdrawn,
        failing=sum(max(n.count, 1) for n in view.notices if missing.fatal(n)),
        objections=objections(r.shelf),
    )
