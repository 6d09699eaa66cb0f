"""What was asked for, where the answer comes with its request: a Parameters entry in the Bundle, put there by whoever fetched it.

GP Connect's answers do not repeat the question (GP Connect Access Record Structured 1.6, `$gpc.getstructuredrecord`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from carehub.fhir.resource import Resource, many, text

# Parameter to the scopes it asks for, and the parts that widen the answer when true. Any other part, and a false one, narrows it.
_ASKS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "includeAllergies": (frozenset({"allergies", "ended-allergies"}), frozenset({"includeResolvedAllergies"})),
    "includeMedication": (frozenset({"medicines"}), frozenset({"includePrescriptionIssues"})),
    "includeProblems": (frozenset({"problems"}), frozenset()),
    "includeConsultations": (frozenset({"consultations"}), frozenset()),
    "includeImmunisations": (
        frozenset({"immunisations"}),
        frozenset({"includeNotGiven", "includeStatus", "includeDissentConsent"}),
    ),
    "includeUncategorisedData": (frozenset({"uncategorised"}), frozenset()),
    "includeInvestigations": (frozenset({"investigations"}), frozenset()),
    "includeReferrals": (frozenset({"referrals"}), frozenset()),
    "includeDiaryEntries": (frozenset({"diary"}), frozenset()),
}
_ORDERS = "includePrescriptionIssues"


@dataclass(frozen=True, slots=True)
class Requested:
    """whole: scopes asked for without a filter. orders: issues of medicines were asked for too."""

    whole: frozenset[str]
    orders: bool


def requested(found: Iterable[Resource]) -> Requested | None:
    """What the Parameters resources among `found` ask for; None when there are none."""
    asked = [parameter for one in found for parameter in many(one, "parameter")]
    if not asked:
        return None
    whole: set[str] = set()
    narrowed: set[str] = set()
    orders = False
    for parameter in asked:
        scopes, widening = _ASKS.get(text(parameter, "name") if isinstance(parameter, dict) else "", (frozenset(), frozenset()))
        parts = {text(part, "name"): part.get("valueBoolean") for part in many(parameter, "part") if isinstance(part, dict)}
        orders = orders or parts.get(_ORDERS) is True
        plain = all(name in widening and value is True for name, value in parts.items() if name != _ORDERS)
        # Ended allergies are told only when they are asked for.
        (whole if plain and ("ended-allergies" not in scopes or parts) else narrowed).update(scopes)
    return Requested(frozenset(whole - narrowed), orders)
