"""Legitimate relationship: why this reader, in this organisation, may ask about this person. Worked out from what the hub holds. Pure; no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from carehub.careplan.plan import UnifiedCarePlan
from carehub.careplan.tie import Tie
from carehub.governance.agreements import Agreements, KnownAs
from carehub.governance.policy import Action
from carehub.governance.requester import Requester
from carehub.terms.moments import days_of
from carehub.terms.organisations import SourceKind

WOULD_BE = (
    "A record of the person in your organisation, a place on their care team, being their GP practice, an open referral to your organisation, "
    "an open action that it holds, or a care plan that it made would be one."
)
"""What a refused reader is told would be a relationship; the same of everybody."""

# HL7 v3 PurposeOfUse that are not direct care: for these nobody treats the person. Any other is asked, also one that no table lists yet.
_NOT_DIRECT_CARE = frozenset({"PATADMIN", "HCOMPL", "HOPERAT"})
# It is what somebody without a relationship asks for.
_OPEN_TO_STRANGERS: frozenset[Action] = frozenset({"use_emergency_access"})
OPENED_IN_EMERGENCY: frozenset[Action] = frozenset({"read_record", "explain_links", "report_wrong_match"})
"""What emergency access opens without a relationship: to read, to see whose a record is, and to say that it is not. Nothing is written by it."""

_NO_ORGANISATION = frozenset({SourceKind.PERSON, SourceKind.TEAM, SourceKind.NATIONAL})
_WORDS = {
    "record": "the organisation holds a record of the person",
    "team": "named on a care team",
    "practice": "named as the person's GP practice",
    "referral": "named in a referral",
    "action": "holds an action",
    "plan": "made a care plan",
}


@dataclass(frozen=True, slots=True)
class Relationship:
    """kind: "record", or a careplan.tie.TieKind. record: "Type/id" that shows it. since: FHIR date, "" where it is not told; for a record, when its
    source last spoke. ended: FHIR date of its end, where it stands only for the days that the site allows after it; else ""."""

    kind: str
    record: str
    since: str
    ended: str = ""

    @property
    def words(self) -> str:
        """For the audit trail: nothing that a record says, only which one."""
        since, ended = f" since {self.since}" if self.since else "", f", ended {self.ended}" if self.ended else ""
        return f"Relationship: {_WORDS[self.kind]}, {self.record}{since}{ended}."


def asks_for_one(requester: Requester, action: Action) -> bool:
    """Whether an action about a person takes a relationship with that person, where the site requires them."""
    return requester.purpose not in _NOT_DIRECT_CARE and action not in _OPEN_TO_STRANGERS


def relationship(reader: Requester, plan: UnifiedCarePlan, agreements: Agreements, day: str) -> Relationship | None:
    """The relationship of a reader with a person on a day ("YYYY-MM-DD" in London), None for none.

    plan: the person's, as stored, before anything is taken out: an objection withholds what a source says and ends no care. A record that is hidden as
    possibly another person's is no relationship, nor is one whose source has taken all of it back. agreements: for the codes that an organisation goes
    by, and how long a relationship outlasts its end. Of several one that goes on comes first.
    """
    known = agreements.known_as(reader)
    for report in plan.sources:
        if report.source.code in known.codes and report.records and report.source.kind not in _NO_ORGANISATION:
            return Relationship("record", report.patient, report.recorded or report.received)
    today = date.fromisoformat(day)
    found = list(_standing(reader, plan, known, today, timedelta(days=agreements.days_after)))
    return next((one for one in found if not one.ended), found[0] if found else None)


def _standing(reader: Requester, plan: UnifiedCarePlan, known: KnownAs, today: date, after: timedelta) -> Iterator[Relationship]:
    for tie in plan.ties:
        if not _names(tie, reader, known):
            continue
        begins, ends = days_of(tie.begins), days_of(tie.ends)
        if (begins is not None and today < begins[0]) or (tie.ends and ends is None):
            continue
        if ends is None or today <= ends[1]:
            yield Relationship(tie.kind, tie.record, tie.begins)
        elif today <= ends[1] + after:
            yield Relationship(tie.kind, tie.record, tie.begins, tie.ends)


def _names(tie: Tie, reader: Requester, known: KnownAs) -> bool:
    """By code where the source gives one; by its name, letter for letter, only where it gives none."""
    if tie.professional and tie.professional == reader.user:
        return True
    return tie.organisation in known.codes if tie.organisation else bool(tie.name) and tie.name.casefold() in known.names
