"""decide: may this requester do this, and what is masked. Pure; four required arguments; anything unknown is a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from carehub.careplan import absence
from carehub.governance.policy import POLICY_VERSION, Action, Row
from carehub.governance.relationship import WOULD_BE, Relationship
from carehub.governance.requester import Requester


@dataclass(frozen=True, slots=True)
class Decision:
    """permitted: may the action go on. reason: a sentence for the audit trail and the reader. masked_sections: keys not shown.

    mask_sentence: what stands in a masked section (SCREENS 3.0.3, `role`). policy_version: of the table that decided. restricted: whether entries
    that their source labelled are shown. emergency: the sentence of an emergency access that stands, with the time left; else "".
    """

    permitted: bool
    reason: str
    masked_sections: frozenset[str]
    mask_sentence: str
    policy_version: int
    restricted: bool = False
    emergency: str = ""
    number: str = "API-002"


def decide(requester: Requester, action: Action, about: str, table: Mapping[tuple[str, str], Row]) -> Decision:
    """Decide one action of one requester. about: the person's id, or "" for actions that are about nobody yet.

    Refuses when the requester has no user, organisation, role or purpose, when no row of the table fits role and purpose, when the row
    does not list the action, when a record is asked for without saying whose, and when the access is for another person's record.
    """
    if not (requester.user and requester.organisation and requester.role and requester.purpose):
        return _refused("The request does not say who asks, in what role, for which organisation and why.")
    if requester.patient and requester.patient != about:
        return _refused("The access was given for the record of one person, and this is about another, or about nobody.")
    row = table.get((requester.role, requester.purpose))
    if row is None:
        return _refused("No row of the policy table allows this role for this purpose.")
    if action not in row.actions:
        return _refused("The policy row of this role and purpose does not allow this action.")
    if action == "read_record" and not about:
        return _refused("A record was asked for without saying whose.")
    sentence = absence.role(row.title, emergency="use_emergency_access" in row.actions)
    return Decision(
        True, f"Allowed for role {row.role} and purpose {row.purpose}.", row.masked_sections, sentence, POLICY_VERSION, row.restricted
    )


def of_own(decision: Decision, *, own: bool) -> Decision:
    """A decision about a list that an organisation has of its own people: nobody reads another's. own: whether it is the requester's organisation's."""
    return decision if own or not decision.permitted else _refused("The list is of another organisation than the requester's.")


def in_relation(decision: Decision, standing: Relationship | None, *, emergency: bool) -> Decision:
    """A decision about a person, where the site requires a relationship with them: refused without one (GOV-005 where policy lets the role use
    emergency access, else GOV-006), with words that say nothing of the person. standing: the reader's. A refusal stays what it is."""
    if not decision.permitted:
        return decision
    if standing is None:
        refused = _refused(f"No relationship with this person is recorded. {WOULD_BE}")
        return replace(refused, number="GOV-005" if emergency else "GOV-006")
    return replace(decision, reason=f"{decision.reason} {standing.words}")


def too_often() -> Decision:
    """The decision about a search of one who has searched for more people in a minute than anybody needs for care (GOV-007)."""
    return replace(_refused("More searches in a minute than anybody needs who gives care."), number="GOV-007")


def has_a_place(requester: Requester, table: Mapping[tuple[str, str], Row]) -> bool:
    """Whether the table has a row for this role and purpose, and the requester says who asks and for whom: enough for what tells nothing of anybody."""
    return bool(requester.user and requester.organisation) and (requester.role, requester.purpose) in table


def narrowed(decision: Decision, present: Iterable[Row]) -> Decision:
    """A reader's own decision, held to what every one of these roles may see too: for a screen that they all look at. present: their rows."""
    rows = tuple(present)
    masked = decision.masked_sections.union(*(row.masked_sections for row in rows))
    sentence = "Not shown on a screen that others see: not every role in the room may see this section." if rows else decision.mask_sentence
    return replace(
        decision, masked_sections=masked, mask_sentence=sentence, restricted=decision.restricted and all(row.restricted for row in rows)
    )


def _refused(reason: str) -> Decision:
    return Decision(False, reason, frozenset(), "", POLICY_VERSION)
