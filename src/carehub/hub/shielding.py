"""Where a person lives and how to reach them, kept from a page when a source marks their record as restricted: the words stand in the value's place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from carehub.careplan.protection import covered, is_closed
from carehub.fhir.canonical import dumps, loads
from carehub.identity.explaining import Explanation
from carehub.store.ports import Records
from carehub.store.stored import StoredRecord

PROTECTED = "Protected"
_WHERE = ("postcode", "phone", "address", "email")


def restricted(patients: Iterable[str], records: Records) -> bool:
    """Whether any of these patient records is marked as restricted by its source."""
    return any(is_closed(loads(record.body)) for record in records.current(patients).values())


def without_address(record: StoredRecord) -> StoredRecord:
    """A stored record of a restricted person as it may leave: words in the place of addresses and of ways to reach somebody."""
    told = loads(record.body)
    safe = covered(told)
    return record if safe is told else replace(record, body=dumps(safe))


def shielded(told: Explanation) -> Explanation:
    """The same explanation without an address, postcode, telephone number or e-mail address on either side. Levels, weights and sentences stay."""

    def covered(value: str) -> str:
        return PROTECTED if value else ""

    fields = tuple(replace(one, a=covered(one.a), b=covered(one.b)) if one.field in _WHERE else one for one in told.fields)
    return replace(told, fields=fields)
