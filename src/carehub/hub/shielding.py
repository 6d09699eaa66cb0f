"""Where a person lives and how to reach them, kept from a page when a source marks their record as restricted: the words stand in the value's place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from carehub.fhir.canonical import loads
from carehub.fhir.resource import many
from carehub.identity.explaining import Explanation
from carehub.store.ports import Records

PROTECTED = "Protected"
# HL7 v3 Confidentiality: restricted, very restricted. PDS marks a sensitive ("S-flagged") patient so.
_CLOSED = frozenset({"R", "V"})
_WHERE = ("postcode", "phone", "address", "email")


def restricted(patients: Iterable[str], records: Records) -> bool:
    """Whether any of these patient records is marked as restricted by its source."""
    return any(
        label.get("code") in _CLOSED
        for record in records.current(patients).values()
        for label in many(loads(record.body), "meta", "security")
        if isinstance(label, dict)
    )


def shielded(told: Explanation) -> Explanation:
    """The same explanation without an address, postcode, telephone number or e-mail address on either side. Levels, weights and sentences stay."""

    def covered(value: str) -> str:
        return PROTECTED if value else ""

    fields = tuple(replace(one, a=covered(one.a), b=covered(one.b)) if one.field in _WHERE else one for one in told.fields)
    return replace(told, fields=fields)
