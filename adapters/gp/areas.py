"""What an answer tells completely. The lists of a GP record are its areas; an area told whole lets go of what it no longer holds.

Absent from a whole list means that the practice took the entry back. That may be concluded only where the list is the area's own (not a
secondary list), carries no warning, lacks nothing we could not read, and was not asked for in part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from carehub.fhir.resource import Resource, codings, many, text
from carehub.terms.codes import SNOMED

from .filing import Entry, Filed
from .known_extensions import short_name
from .requested import Requested

ALLERGIES, ENDED, MEDICINES, ORDERS = "allergies", "ended-allergies", "medicines", "medicine-orders"
PROBLEMS, CONSULTATIONS, INVESTIGATIONS, UNCATEGORISED = "problems", "consultations", "investigations", "uncategorised"
IMMUNISATIONS, REFERRALS, DIARY = "immunisations", "referrals", "diary"

# The ten areas a whole record has, by SNOMED CT code (GP Connect Access Record Structured 1.6, "List resources").
SCOPE_OF_CODE = {
    "886921000000105": ALLERGIES,
    "1103671000000101": ENDED,
    "933361000000108": MEDICINES,
    "717711000000103": PROBLEMS,
    "1149501000000101": CONSULTATIONS,
    "1102181000000102": IMMUNISATIONS,
    "887191000000108": INVESTIGATIONS,
    "826501000000100": UNCATEGORISED,
    "792931000000107": REFERRALS,
    "714311000000108": DIARY,
}

# The STU3 types that an area's records are made of. One of them unreadable, or under an id used twice, and the area is not told whole.
_TYPES = {
    ALLERGIES: frozenset({"AllergyIntolerance"}),
    ENDED: frozenset({"AllergyIntolerance"}),
    MEDICINES: frozenset({"MedicationStatement", "MedicationRequest", "Medication"}),
    ORDERS: frozenset({"MedicationStatement", "MedicationRequest"}),
    PROBLEMS: frozenset({"Condition"}),
    CONSULTATIONS: frozenset({"Encounter", "Observation", "QuestionnaireResponse"}),
    IMMUNISATIONS: frozenset({"Immunization", "Observation"}),
    INVESTIGATIONS: frozenset({"DiagnosticReport", "Specimen", "Observation", "ProcedureRequest"}),
    UNCATEGORISED: frozenset({"Observation", "QuestionnaireResponse"}),
    REFERRALS: frozenset({"ReferralRequest"}),
    DIARY: frozenset({"ProcedureRequest"}),
}

_TREE = frozenset({"325851000000107", "25851000000105", "24781000000107"})  # consultation, topic, category
_NOTHING_FOUND = "no-content-recorded"


@dataclass(slots=True)
class Areas:
    """What a message says about areas. scopes: "Type/id" as filed to the scope its record belongs to. whole: all ten areas have a list."""

    scopes: dict[str, str] = field(default_factory=dict)
    whole: bool = False
    _lists: dict[str, list[Entry]] = field(default_factory=dict)
    _gaps: set[str] = field(default_factory=set)
    _ordered: bool = False

    def closed(self, kept: set[str], lost: set[str], requested: Requested | None) -> tuple[str, ...]:
        """The scopes told completely. kept: records that were mapped. lost: STU3 types of which something could not be told as one record."""
        told = {scope for scope, lists in self._lists.items() if all(_complete(one, kept) for one in lists)} - self._gaps
        told = {scope for scope in told if not (_TYPES[scope] | {"List"}) & lost}
        if not {ALLERGIES, ENDED} <= told:
            told -= {ALLERGIES, ENDED}  # one that went from the first list to the second may not look as if it had gone altogether
        if requested is not None:
            told &= requested.whole
        elif not self.whole:
            told &= {ALLERGIES, ENDED}  # GP Connect has a filter for every other area, and an answer does not say that one was used
        if MEDICINES in told and (self._ordered or (requested is not None and requested.orders)):
            told.add(ORDERS)
        return tuple(sorted(told))


def areas(filed: Filed) -> Areas:
    """Give records their scopes: the items of the primary lists, then what belongs to those items alone."""
    made = Areas()
    by_name = {entry.filed_as: entry for entry in filed.entries}
    for entry in filed.entries:
        scope = _area(entry)
        if scope:
            made._lists.setdefault(scope, []).append(entry)
            made.scopes.update(dict.fromkeys(_items(entry, filed, made._gaps, scope), scope))
    made.whole = made._lists.keys() >= set(SCOPE_OF_CODE.values())
    made._ordered = any(entry.type == "MedicationRequest" and _is_order(entry.source) for entry in filed.entries)
    if MEDICINES in made._lists:
        for entry in filed.entries:
            if entry.type in ("MedicationRequest", "Medication"):
                made.scopes[entry.filed_as] = ORDERS if entry.type == "MedicationRequest" and _is_order(entry.source) else MEDICINES
    if made.whole:
        _follow(made, filed, by_name)
    return made


def _follow(made: Areas, filed: Filed, by_name: Mapping[str, Entry]) -> None:
    """What comes with reports, and what only consultations hold."""
    waiting = [name for name, scope in made.scopes.items() if scope == INVESTIGATIONS]
    while waiting:
        source = by_name[waiting.pop()].source
        for path in (("result",), ("specimen",), ("basedOn",), ("related", "target")):
            for target in _targets(source, path, filed):
                if target in by_name and target not in made.scopes:
                    made.scopes[target] = INVESTIGATIONS
                    waiting.append(target)
    for entry in filed.entries:
        if entry.type == "List" and any(code in _TREE for _, code, _ in codings(entry.source.get("code"))):
            made.scopes[entry.filed_as] = CONSULTATIONS
            for target in _items(entry, filed, made._gaps, CONSULTATIONS):
                if by_name[target].type in ("Observation", "QuestionnaireResponse"):
                    made.scopes.setdefault(target, CONSULTATIONS)


def _area(entry: Entry) -> str:
    """The scope of an area's own list; "" for any other record."""
    if entry.type != "List" or entry.source.get("encounter") is not None:
        return ""
    found = (SCOPE_OF_CODE.get(code, "") for system, code, _ in codings(entry.source.get("code")) if system == SNOMED)
    return next((scope for scope in found if scope), "")


def _items(entry: Entry, filed: Filed, gaps: set[str], scope: str) -> Iterable[str]:
    """The records a list holds, as filed. A list that names something the message does not hold leaves a gap."""
    found = []
    for target in many(entry.source, "entry", "item", "reference"):
        name = (filed.targets.get(target) or entry.inside.get(target)) if isinstance(target, str) else None
        if name is None:
            gaps.add(scope)
        else:
            found.append(name)
    return found


def _targets(source: Resource, path: tuple[str, ...], filed: Filed) -> list[str]:
    sent = many(source, *path, "reference")
    return [filed.targets[target] for target in sent if isinstance(target, str) and target in filed.targets]


def _complete(entry: Entry, kept: set[str]) -> bool:
    """Whether one list is all there is: told as it stands, without a warning, and empty only for want of content."""
    source = entry.source
    if entry.filed_as not in kept or source.get("status") != "current" or source.get("mode") != "snapshot":
        return False
    if any(short_name(item.get("url") or "") == "ListWarningCode" for item in many(source, "extension") if isinstance(item, dict)):
        return False
    notes = " ".join(text(note, "text") for note in many(source, "note") if isinstance(note, dict)).casefold()
    if "transfer from previous gp practice" in notes or "items excluded" in notes or "awaiting filing" in notes:
        return False  # the sentence of a warning whose code was left out
    if source.get("entry"):
        return source.get("emptyReason") is None
    return any(code == _NOTHING_FOUND for _, code, _ in codings(source.get("emptyReason")))


def _is_order(source: Resource) -> bool:
    return source.get("intent") in ("order", "instance-order")
