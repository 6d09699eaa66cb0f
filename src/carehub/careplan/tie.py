"""A tie as frozen data: who, by the record of a source, has to do with a person's care, since when and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from carehub.terms.quickly_made import quickly_made

TieKind = Literal["team", "practice", "referral", "action", "plan"]


@quickly_made
@dataclass(frozen=True, slots=True)
class Tie:
    """One party that one record names. At least one of organisation, name and professional is told.

    kind: named on a care team, as the person's GP practice, as who was referred to, as who holds an action, or as who made a care plan.
    organisation: its ODS code, or "". name: what the source calls it, or "". professional: SDS user id of the one who is named, or "". record: "Type/id".
    begins, ends: FHIR dates; begins is "" where it is not told, ends is "" for what goes on.
    """

    kind: TieKind
    organisation: str
    name: str
    professional: str
    record: str
    begins: str = ""
    ends: str = ""
