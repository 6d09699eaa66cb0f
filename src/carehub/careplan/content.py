"""The plan's content hash: what is said, by whom and who is linked. Not the person's id, receipt times, nor message ids, which the hub coins."""

from __future__ import annotations

from collections.abc import Sequence

from carehub.careplan.joint.joint_plan import JointPlan
from carehub.careplan.plan import Conflict, Entry, ExpectedSource, Gap, Identity, Section, SourceReport
from carehub.fhir.canonical import content_hash
from carehub.terms.attribution import Attribution


def plan_hash(
    who: Identity,
    sections: Sequence[Section],
    conflicts: Sequence[Conflict],
    gaps: Sequence[Gap],
    reports: Sequence[SourceReport],
    expected: Sequence[ExpectedSource],
    reviews: int,
    joint: JointPlan,
) -> str:
    """32 hex digits over everything a reader could be told, before the clock is looked at."""
    return content_hash(
        [
            [
                who.family,
                who.given,
                who.prefix,
                who.birth_date,
                who.gender,
                who.nhs_number,
                who.nhs_number_verified,
                who.died,
                who.deceased,
            ],
            [[v.label, v.value, v.rule, [_by(a) for a in v.attributions]] for v in who.values],
            [[s.key, [_entry(e) for e in s.entries], [[t.source.code, t.state, t.sentence] for t in s.states]] for s in sections],
            [
                [
                    c.id,
                    c.type,
                    c.section,
                    c.severity,
                    c.sentence,
                    c.difference,
                    c.discharged,
                    [[s.text, s.entry, _by(s.attribution)] for s in c.statements],
                ]
                for c in conflicts
            ],
            [[g.code, g.sentence, g.source, g.section] for g in gaps],
            [_report(r) for r in reports],
            [[e.feed, e.title, e.badge, e.checking] for e in expected],
            reviews,
            _joint(joint),
        ]
    )


def _by(told: Attribution) -> list[object]:
    return [told.source.code, told.feed, told.record, told.record_version, told.recorded, told.author, told.adapter, told.mapping_version]


def _entry(entry: Entry) -> list[object]:
    return [
        entry.key,
        entry.kind,
        entry.title,
        entry.status,
        entry.active,
        entry.when,
        [[fact.label, fact.value] for fact in entry.facts],
        entry.codes,
        [_by(a) for a in entry.attributions],
        entry.folded_because,
        [_entry(member) for member in entry.members],
        entry.labels,
    ]


def _joint(joint: JointPlan) -> list[object]:
    return [
        [[p.key, p.review, p.took_part, p.agreed, p.needs, p.goals, p.actions, p.unheld] for p in joint.plans],
        [n.key for n in joint.needs],
        [[g.key, g.whose, g.due, g.progress, g.needs] for g in joint.goals],
        [
            [a.key, a.title, a.status, a.open, a.due, a.due_words, [[o.words, o.organisation] for o in a.owners], a.goals, a.needs]
            for a in joint.actions
        ],
        [[p.key, p.lines] for p in (*joint.contingency, *joint.capacity, *joint.notes)],
    ]


def _report(report: SourceReport) -> list[object]:
    return [
        report.source.code,
        report.patient,
        report.feeds,
        report.recorded,
        report.last_entry,
        report.records,
        report.withdrawn,
        report.unreadable,
        report.not_mapped,
        report.failing,
        [[w.state, w.sentence] for w in report.warnings],
        report.merged_into,
    ]
