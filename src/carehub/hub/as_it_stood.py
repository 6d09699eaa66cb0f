"""The record as it stood at an instant: the same assembly, over what had been received by then and nothing later (ADR 0001)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from carehub.careplan.cautions import cautioned
from carehub.careplan.changes import difference
from carehub.careplan.freshness import UNWATCHED
from carehub.careplan.gaps import allergy_label, section_states, source_states
from carehub.careplan.plan import UnifiedCarePlan
from carehub.careplan.sections import HEADINGS
from carehub.feeds.catalogue import Catalogue
from carehub.feeds.revision import fold
from carehub.governance.decision import Decision
from carehub.governance.redaction import Disclosed, carry, redact
from carehub.hub.assemble_plan import Held, assembled
from carehub.hub.disputes_told import Disputes
from carehub.hub.hiding import hidden_records
from carehub.hub.reading import EarlierRecord, PersonRecord, PlanChanges
from carehub.hub.scoping import Scoping
from carehub.hub.sharing import Unshared
from carehub.hub.shielding import restricted
from carehub.hub.telling import Speaking, stands, stored_state
from carehub.identity.links import Link, MatchResult
from carehub.store.ports import Links, Records
from carehub.store.stored import Closing, MapOutcome, ScopedTelling, StoredRecord
from carehub.terms.moments import instant, iso


class Then(NamedTuple):
    """plan: the record as it stood. apart: patient records that are this person's now and were another's, or not yet linked, then. again: messages
    received by then that carehub has worked out anew since, so that what was shown may have differed."""

    plan: UnifiedCarePlan
    apart: int
    again: int


def plan_then(
    person: str, now: UnifiedCarePlan, at: str, records: Records, links: Links, catalogue: Catalogue, unshared: Mapping[str, Unshared]
) -> Then:
    """A person's record by everything received until `at` (ISO UTC). person: the id it had then. now: the record that it is today.

    Which record was whose is taken from the links' own history. What is hidden today stays hidden, and what has since been found to be somebody
    else's or may not be shown (unshared, hub.sharing) is left out: looking back shows nobody what they may not see. Where a person who is restricted
    today lived then is covered too. Pairs that await a steward are those of today: earlier ones are not kept.
    """
    standing, apart = _linked(person, now.person, at, links)
    patients = [link.patient for link in standing]
    held, outcomes = _records(patients, at, records, catalogue)
    known = {patient: [o for o in told if o.received <= at] for patient, told in records.outcomes_of(patients).items()}
    withdrew = {record.message for told in held.values() for record in told if record.withdrawn}
    merges = links.merges_of(patients)
    told_by = records.outcomes({merge.message for merge in merges})
    hidden = hidden_records(dict.fromkeys(patients, now.person), links)
    hidden |= {r.record: r.at for r in links.reports(patients) if r.hide and r.lifted and r.at <= at < r.lifted.at}
    reviews = [r for r in links.reviews(patients) if all(_known_since(patient, links) <= at for patient in (r.a, r.b))]
    checking = records.in_brief({patient for review in reviews for patient in (review.a, review.b)})
    plan = assembled(
        person,
        Held(
            {person: standing},
            held,
            known,
            {message: outcomes[message] for message in withdrew & outcomes.keys()},
            [merge for merge in merges if merge.message in told_by and told_by[merge.message].received <= at],
            reviews,
            {patient: brief.feed for patient, brief in checking.items()},
            hidden,
        ),
        catalogue,
        unshared,
        closed=restricted((report.patient.removeprefix("Patient/") for report in now.sources), records),
    )
    return Then(plan, apart, len({o.message for told in known.values() for o in told if o.at > at}))


def _linked(person: str, current: str, at: str, links: Links) -> tuple[list[Link], int]:
    """The links that stood then of the records that are this person's now; and how many of those records were not linked so."""
    standing: list[Link] = []
    apart = 0
    for link in links.links_of(current):
        told = [one for _, when, one in links.history(link.patient) if when <= at]
        if told and told[-1].result is MatchResult.MATCH and told[-1].person == person:
            standing.append(told[-1])
        elif told:
            apart += 1
    return standing, apart


def _known_since(patient: str, links: Links) -> str:
    return next((when for _, when, _ in links.history(patient)), "9999")


class _Until:
    """What the store says of scopes, up to an instant: for Scoping, which asks for no more than this."""

    def __init__(self, records: Records, known: Callable[[Iterable[str]], set[str]]) -> None:
        self._records, self._known = records, known

    def scoped(self, records: Iterable[str]) -> dict[str, list[ScopedTelling]]:
        found = self._records.scoped(records)
        known = self._known(told.message for held in found.values() for told in held)
        return {record: [told for told in held if told.message in known] for record, held in found.items()}

    def closings(self, scopes: Iterable[str], patients: Iterable[str], since: str = "") -> list[Closing]:
        found = self._records.closings(scopes, patients, since)
        known = self._known(closing.message for closing in found)
        return [closing for closing in found if closing.message in known]


def _records(
    patients: Sequence[str], at: str, records: Records, catalogue: Catalogue
) -> tuple[dict[str, list[StoredRecord]], Mapping[str, MapOutcome]]:
    """Each record's state by what had been told of it, and withdrawn, until then; and the outcomes of the messages concerned."""
    outcomes: dict[str, MapOutcome] = {}

    def known(messages: Iterable[str]) -> set[str]:
        asked = set(messages)
        outcomes.update(records.outcomes(asked - outcomes.keys()))
        return {message for message in asked if message in outcomes and outcomes[message].received <= at}

    now = records.of_patients(patients)
    tellings = records.tellings([record.id for record in now])
    heard = known(told.message for held in tellings.values() for told in held)
    scoping = Scoping(cast(Records, _Until(records, known)), ())
    scoping.fetch({record.id: record.patient for record in now})
    found: dict[str, list[StoredRecord]] = {}
    for record in now:
        told = [telling for telling in tellings.get(record.id, ()) if telling.message in heard]
        told = scoping.with_withdrawals(record.id, record.patient, told) if told else []
        state = fold(told, catalogue.adapter(record.feed).revise)
        if state is None:
            continue
        if (state.message, state.version, state.content, state.withdrawn) != stands(record):
            by = outcomes[state.message]
            speaking = Speaking(record.source, by.feed, record.adapter, by.mapping_version, by.received)
            record = stored_state(state, told[-1], None, record.patient, speaking)
        found.setdefault(record.patient, []).append(record)
    return found, outcomes


def record_then(
    decision: Decision, then: Then, now: UnifiedCarePlan, at: datetime, built: datetime, disputes: Disputes | None = None
) -> Disclosed[EarlierRecord]:
    """The record as it stood, masked, with freshness as of then, and with what the person disputed of it by then.

    How the feeds stood then is not kept, so only what came about this person counts for how late a source was.
    """
    released = redact(then.plan, decision)
    states = {heading.key: section_states(released.value, heading.key, at, UNWATCHED) for heading in HEADINGS}
    states |= {section.key: section.states for section in released.value.sections if section.key in decision.masked_sections}
    plan = cautioned(released.value, at)
    record = EarlierRecord(
        disputes.beside(plan, iso(at)) if disputes else plan,
        source_states(released.value, at, UNWATCHED),
        states,
        allergy_label(released.value, at, UNWATCHED),
        built,
        as_of=iso(at),
        limits=tuple(limits(then, now)),
        emergency=decision.emergency,
    )
    return carry(released, record)


def limits(then: Then, now: UnifiedCarePlan) -> Iterable[str]:
    """What looking back cannot tell, in sentences."""
    if not then.plan.sources:
        yield "Nothing about this person had been received by then under this identity."
    if then.apart:
        one = then.apart == 1
        yield f"{then.apart} patient record{'' if one else 's'} of today’s {'was' if one else 'were'} not joined with this person then, so not shown."
    if then.again:
        yield f"carehub has worked out {then.again} message{'' if then.again == 1 else 's'} of that time anew since; what was shown then may have differed."
    if now.person != then.plan.person:
        yield "This identity has been joined with another since."
    yield "Records found since to be another person’s, and records hidden today, are not shown. Possible matches are those of today."


# States of a source under which something may have happened that has not come.
_BEHIND = frozenset(
    {"late", "stale", "failing", "hidden_wrong", "withheld", "in_transfer", "awaiting_filing", "no_agreement", "not_connected"}
)


def changes_between(
    then: EarlierRecord, after: Disclosed[PersonRecord] | Disclosed[EarlierRecord], since: datetime
) -> Disclosed[PlanChanges]:
    """What differs between a record as it stood at `since` and a later one, both masked for the same reader."""
    record = after.value
    until = (instant(record.as_of) if isinstance(record, EarlierRecord) else None) or record.built_at
    found = difference(then.plan, record.plan, since, until)
    behind = tuple((state.title, state.sentence) for state in record.source_states if state.code in _BEHIND)
    return carry(after, PlanChanges(record, iso(since), iso(until), found, behind, then.limits))
