"""What one message changes about who is who: records touched, merges and rulings told in, links, persons and reviews out. Manual stands.

The partition of records into persons is a function of what the records say and which merges and rulings stand, so it is the same in whatever
order messages arrive (docs/identity.md has the proof; tests/unit/identity/test_linking_laws.py tries to break it).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from carehub.identity import comparison, review, rules
from carehub.identity.links import Evidence, Link, LinkSource, MatchResult, Member, Review, StandingMerge
from carehub.identity.network import LaneReads, Network, load, reach
from carehub.identity.network import Touched as Touched
from carehub.identity.placing import place
from carehub.identity.rules import Judgement as Judgement
from carehub.identity.rules import judge as judge
from carehub.identity.rulings import Answer, Ruling
from carehub.identity.scales import Scales, by_field
from carehub.identity.surroundings import Surroundings
from carehub.terms.refs import derived_id

_MERGED = {
    "gp": "Linked because the GP practice merged its record into this one.",
    "community": "Linked because the community service merged its record into this one.",
    "acute": "Linked because the hospital merged its record into this one.",
    "local_authority": "Linked because the council merged its record into this one.",
    "voluntary": "Linked because the voluntary organisation merged its record into this one.",
    "national": "Linked because PDS replaced this NHS number by another one.",
}
# Agreement of match keys is agreement of these three, so the evidence is the same for every member and does not depend on who came first.
_AGREEMENT: tuple[Evidence, ...] = comparison.evidence({"nhs_number": "agree", "birth_date": "agree", "given": "agree"})


@dataclass(frozen=True, slots=True)
class Settlement:
    """What to write: the parts of a LaneBatch but its position and time. founders: records that founded a person, once each.

    skipped: kinds of blocking keys too common to look for pairs under (blocking.LIMIT). gone: records that leave, each with a NO_MATCH link.
    neighbours: record → those near it now (see surroundings), of every record of which that changed.
    """

    members: tuple[Member, ...]
    links: tuple[Link, ...]
    reviewed: tuple[str, ...]
    reviews: tuple[Review, ...]
    merges: tuple[StandingMerge, ...]
    redirects: tuple[tuple[str, str], ...]
    dirty: tuple[str, ...]
    founders: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    neighbours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def settle(
    touched: Sequence[Touched],
    merges: Sequence[StandingMerge],
    lane: LaneReads,
    gone: Collection[str] = (),
    rulings: Sequence[Ruling] = (),
    scales: Scales | None = None,
    *,
    afresh: bool = False,
) -> Settlement:
    """Decide one message. touched: its patient records with their new Demographics; merges: what it says of merges (undone: takes back).
    gone: patient records that no message tells any more, which leave their persons; none of them is in touched. rulings: those it tells, or
    takes back. scales: what weighs evidence; without them only keys, merges and rulings link.
    afresh: the records say what they said, and were decided by other rules.

    Every record has one MATCH: to the person of its match key, its merge root's match key, or its own person, unless a ruling says where it
    belongs; then it is MANUAL. Records that no longer belong move; emptied persons get a redirect.
    """
    told = {t.patient: t for t in touched}
    around = None
    if scales:
        for touching in touched:
            touching.near_keys = touching.near_keys or scales.keys(touching.patient, touching.demographics)
        around = Surroundings(scales, lane, told, gone, merges, rulings)
    near = reach(told, merges, lane, gone, rulings)
    alone = len(told) == 1 and not (merges or gone or rulings or near.merges or near.members or near.sharing or near.rulings)
    if alone and (not around or (not around.turned and len(around.neighbourhood(touched[0].patient, True)) == 1)):
        return _newcomer(touched[0], lane)
    settlement = _settle(load(near, told, merges, lane, gone, rulings, around, afresh), merges, lane, rulings, scales)
    return replace(settlement, neighbours=around.neighbours) if around else settlement


def _newcomer(touched: Touched, lane: LaneReads) -> Settlement:
    """A new record in no merge, that shares no key with anybody, founds its person. Most new records are so: this is what `_settle` gives then,
    without its many steps."""
    patient = touched.patient
    person = derived_id("person", patient, str(lane.founded([patient])[patient]))
    member = Member(patient, touched.demographics, touched.match_key, touched.blocking_keys, person, touched.near_keys)
    rule = "only-record"
    link = Link(patient, person, MatchResult.MATCH, LinkSource.AUTO, rule, rules.RULES_VERSION, rules.RULES[rule])
    return Settlement((member,), (link,), (patient,), (), (), (), (person,), (patient,))


def _settle(
    net: Network, merges: Sequence[StandingMerge], lane: LaneReads, rulings: Sequence[Ruling] = (), scales: Scales | None = None
) -> Settlement:
    placing = place(net, lane)
    person = {p: member.person for p, member in net.members.items() if p not in net.gone}
    person.update(placing.person)
    moved = {p for p, home in placing.person.items() if p not in net.members or net.members[p].person != home}
    after = {p: _member(net, p, person[p]) for p in sorted({*net.altered, *moved})}
    links = (*_links(net, person, scales), *(_left(net.members[p]) for p in sorted(net.gone)))
    reviewing = review.review(net, after, moved, person, lane, rulings, scales)
    dirty = {*reviewing.persons, *(link.person for link in links), *(member.person for member in after.values())}
    dirty.update(net.members[p].person for p in after if p in net.members)
    return Settlement(
        members=tuple(after.values()),
        links=links,
        reviewed=reviewing.reviewed,
        reviews=reviewing.standing,
        merges=tuple(merges),
        redirects=placing.redirects,
        dirty=tuple(sorted(dirty)),
        founders=placing.founders,
        skipped=reviewing.skipped,
        gone=tuple(sorted(net.gone)),
        rulings=tuple(rulings),
    )


def sentence(link: Link) -> str:
    """Why a record is where it is, for the page."""
    return link.because


def _left(member: Member) -> Link:
    because = "No longer linked because no message tells of this record any more."
    return Link(member.patient, member.person, MatchResult.NO_MATCH, LinkSource.AUTO, "record-gone", rules.RULES_VERSION, because)


def _member(net: Network, patient: str, person: str) -> Member:
    if patient not in net.told:
        known = net.members[patient]
        return replace(known, person=person)
    told = net.told[patient]
    return Member(patient, told.demographics, told.match_key, told.blocking_keys, person, told.near_keys)


def _links(net: Network, person: dict[str, str], scales: Scales | None) -> tuple[Link, ...]:
    """The links that read differently now, of every class that a touched, merged or moving record is in or was in; of all where stewards ruled,
    since a ruling's other side may read differently with no change of its own."""
    ruled_on = net.before.rulings.answered or net.after.rulings.answered
    moving = {p for p, name in net.after.of.items() if net.before.of.get(p) != name}
    moving |= {p for pair in net.before.traced ^ net.after.traced for p in pair}
    concerned = {standing.of[p] for standing in (net.before, net.after) for p in standing.of if ruled_on or p in net.core or p in moving}
    agreeing: dict[tuple[str, str], set[str]] = {}
    survivors: set[str] = set()
    atoms: dict[str, dict[str, list[str]]] = {}
    for patient, name in net.after.of.items():
        root = net.after.root[patient]
        atoms.setdefault(name, {}).setdefault(net.after.atom[patient], []).append(patient)
        agreeing.setdefault((name, net.after.base[patient]), set()).add(root)
        if root != patient:
            survivors.add(root)
    ruled = _ruled(net)
    written = []
    for patient, name in sorted(net.after.of.items()):
        if name not in concerned:
            continue
        evidence: tuple[Evidence, ...] = ()
        source, decided, version = LinkSource.AUTO, "", rules.RULES_VERSION
        weighed = _Weighed()
        if patient in ruled:
            source, (rule, decided) = LinkSource.MANUAL, ruled[patient]
        elif net.after.root[patient] != patient:
            rule = "source-merge"
        elif len(agreeing[name, net.after.base[patient]]) > 1 and net.after.atom[patient] == name:
            rule, evidence = "agreement", _AGREEMENT
        elif scales and len(atoms[name]) > 1:
            version, weighed = scales.version, _weighed(net, patient, atoms[name], scales)
            rule, evidence = weighed.rule, weighed.evidence
        elif len(agreeing[name, net.after.base[patient]]) > 1:
            rule, evidence = "agreement", _AGREEMENT
        else:
            rule = "source-merge-survivor" if patient in survivors else "only-record"
        because = rules.RULES[rule]
        if rule == "source-merge":
            because = _MERGED.get(net.demographics(patient).kind, because)
        found = Link(patient, person[patient], MatchResult.MATCH, source, rule, version, because, evidence, decided)
        link = replace(found, total=weighed.total, against=weighed.against, model=weighed.model) if weighed.against else found
        if net.links.get(patient) != link:
            written.append(link)
    return tuple(written)


class _Weighed(NamedTuple):
    """What a link by evidence, or by a traced number, says."""

    rule: str = "evidence"
    evidence: tuple[Evidence, ...] = ()
    total: float | None = None
    against: str = ""
    model: str = ""


def _weighed(net: Network, patient: str, atoms: Mapping[str, Sequence[str]], scales: Scales) -> _Weighed:
    """A record weighed with the one it agrees with most among those of its person that only evidence puts it with; one without a first name with
    those that its number puts it with."""
    mine = scales.read(patient, net.demographics(patient))
    others = [scales.read(p, net.demographics(p)) for name, members in atoms.items() if name != net.after.atom[patient] for p in members]
    numbered = {p for pair in net.after.traced if patient in pair for p in pair}
    proven = [other for other in others if other.record in numbered]
    closest = min((not mine.first and proven) or others, key=lambda other: (-scales.pair(mine, other)[1], other.record))
    told = scales.weigh(mine, closest)
    rule = "traced-number" if closest in proven else "evidence"
    return _Weighed(rule, by_field(told), told.total, closest.record, scales.model.name)


def _ruled(net: Network) -> dict[str, tuple[str, str]]:
    """record → (rule, ruling), for records whose link a steward decided."""
    standing, of, base = net.after.rulings, net.after.of, net.after.base
    found: dict[str, tuple[str, str]] = {}
    for ruling in standing.apart:
        sides = [[p for p in side if p in of] for side in (ruling.records, ruling.others)]
        # Where the rules would put the two together, and only the ruling does not.
        meeting = {base[p] for p in sides[0]} & {base[p] for p in sides[1]}
        found.update({p: ("steward-apart", ruling.id) for side in sides for p in side if base[p] in meeting})
    for a, b, ruling in standing.ties:
        if ruling.answer is Answer.SAME:
            found.update({p: ("steward-same", ruling.id) for p in (a, b) if a in of and b in of})
    tied = {ruling.id for _, _, ruling in standing.ties}
    found.update({p: ("steward-linked" if r.id in tied else "steward-unlinked", r.id) for p, r in standing.detached.items()})
    return found
