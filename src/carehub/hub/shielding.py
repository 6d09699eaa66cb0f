"""What of a record may leave: nothing that its source labelled, for a role that does not see that; and of a restricted person no address. Words stand in
its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial

from carehub.careplan.protected_words import Cover, cover_of
from carehub.careplan.protection import covered, is_closed, labels
from carehub.careplan.ways_in import body_tells_way_in
from carehub.fhir.canonical import dumps, loads
from carehub.governance.compartment import permitted_types
from carehub.governance.decision import Decision
from carehub.identity.explaining import Explanation
from carehub.store.ports import Records
from carehub.store.stored import StoredRecord

PROTECTED = "Protected"
_WHERE = ("postcode", "phone", "address", "email")
Shield = Callable[[StoredRecord], StoredRecord]
"""A stored record as it may leave."""


def restricted(patients: Iterable[str], records: Records) -> bool:
    """Whether any of these patient records is marked as restricted by its source."""
    return any(is_closed(loads(record.body)) for record in records.current(patients).values())


def may_leave(record: StoredRecord, decision: Decision, held_back: Collection[str]) -> bool:
    """Whether a reader may be given a record as it was told: no masked section is of its type, it is none of held_back ("Type/id", governance.redaction.
    kept_back), and its source put no security label on it or the role sees those, as it does what tells how to get into a home. The label of a
    Patient closes its addresses (shield_of) and not the person."""
    if held_back and f"{record.type}/{record.id}" in held_back:
        return False
    allowed = permitted_types(decision.masked_sections)
    if allowed is not None and record.type not in allowed:
        return False
    if decision.restricted or record.type == "Patient":
        return True
    return not body_tells_way_in(record.body) and not labels(loads(record.body))


def as_it_may_leave(
    decision: Decision, held_back: Collection[str], keeps: Callable[[StoredRecord], bool], shield: Shield, record: StoredRecord
) -> StoredRecord | None:
    """A version of a record as a reader may be given it, or None. held_back: as of may_leave. keeps: what an agreement keeps back (hub.sharing).
    shield: of the person (shield_of)."""
    return None if keeps(record) or not may_leave(record, decision, held_back) else shield(record)


def shield_of(patients: Collection[str], records: Records) -> Shield:
    """What takes out of a record of the person with these patient records where they live, where any is marked as restricted; else nothing.

    Words stand in the place of addresses, of ways to reach somebody and of the GP practice (careplan.protection).
    """
    if not restricted(patients, records):
        return lambda record: record
    return partial(_without_address, cover_of(loads(record.body) for record in records.of_patients(patients, ("Patient", "RelatedPerson"))))


def _without_address(cover: Cover, record: StoredRecord) -> StoredRecord:
    told = loads(record.body)
    safe = covered(told, cover, record.source.kind)
    return record if safe is told else replace(record, body=dumps(safe))


def shielded(told: Explanation) -> Explanation:
    """The same explanation without an address, postcode, telephone number or e-mail address on either side. Levels, weights and sentences stay."""

    def covered(value: str) -> str:
        return PROTECTED if value else ""

    fields = tuple(replace(one, a=covered(one.a), b=covered(one.b)) if one.field in _WHERE else one for one in told.fields)
    return replace(told, fields=fields)
