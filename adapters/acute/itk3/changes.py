"""What a document's lists and flags say of a medicine, an allergy or a diagnosis: continued, stopped, primary. It is told with the item itself.

The List keeps the sender's codes; the item gets the words, and a medicine the status that follows from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from carehub.feeds.formats.fhir_primitives import moment
from carehub.feeds.formats.fhir_tree import Node
from carehub.fhir.resource import Resource

from ..tables import table
from .opening import Opened

_CHANGES = {row["sent"]: row["status"] for row in table("itk3_medication_changes").values()}
_SAID_ANYWAY = frozenset(("active", "unchanged"))
_UNDECIDED = frozenset(("active", "intended", "unknown", ""))
_ASSOCIATIONS = ("MedicationFlagAssociation", "AllergyFlagDetail")
_LABELS = {"MedicationStatement": "Medication change", "MedicationRequest": "Medication change", "AllergyIntolerance": "Allergy change"}
_MOST_INSIDE = 4


@dataclass(slots=True)
class Said:
    """flags: (words, concept) of each list flag by the place of its item. notes: what a Flag says of it. folded: places of those Flags."""

    flags: dict[str, list[tuple[str, Node]]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    folded: set[str] = field(default_factory=set)


def gather(opened: Opened) -> Said:
    said = Said()
    for entry in opened.listed:
        if entry.node.kind == "List":
            for held in entry.node.all("entry"):
                item = opened.entry(held.one("item"))
                flag = held.one("flag")
                if item is not None and (words := words_of(flag)):
                    said.flags.setdefault(item.place, []).append((words, flag))
        elif entry.node.kind == "Flag" and entry.node.text("status") != "entered-in-error":
            linked = [held for name in _ASSOCIATIONS for held in entry.node.all("extension") if name in held.url]
            items = [item for held in linked if (item := opened.entry(held.one("valueReference"))) is not None]
            words = words_of(entry.node.one("code"))
            if items and words and all(item.place in opened.mapped for item in items):
                for item in items:
                    said.notes.setdefault(item.place, []).append(words)
                said.folded.add(entry.place)
    return said


def tell(told: Resource, kind: str, flags: list[tuple[str, Resource]], notes: list[str], summary: Node) -> None:
    """Put words, status and reason into an item. flags: words and concept. summary: the change summary of a CareConnect medication."""
    lines = []
    for words, concept in flags:
        if words.casefold() not in _SAID_ANYWAY:
            lines.append(f"{_LABELS.get(kind, 'Listed as')}: {words}")
        if kind == "MedicationStatement":
            _settle(told, words, concept)
    if summary:
        parts = [(part.url, part) for part in summary.all("extension")]
        lines += [f"Medication change, {_label(url)}: {words}" for url, part in parts if (words := _value_words(part))]
        status = next((_value_words(part) for url, part in parts if url == "status"), "")
        if status and kind == "MedicationStatement":
            _settle(told, status, {"text": status})
    lines += notes
    if lines:
        told["note"] = [*told.get("note", ()), *({"text": line} for line in dict.fromkeys(lines))]


def _settle(told: Resource, words: str, concept: Resource) -> None:
    """A medicine that the document says was stopped or suspended is not shown as taken, whatever status stands beside it."""
    status = _CHANGES.get(words.casefold(), "")
    if not status:
        return
    if told.get("status", "") in _UNDECIDED:
        told["status"] = status
    told["statusReason"] = [*told.get("statusReason", ()), concept]


def _label(url: str) -> str:
    told = "".join(f" {c.lower()}" if c.isupper() else c for c in url.rpartition("/")[2] if c.isalpha())
    return told.strip()[:60] or "detail"


def _value_words(node: Node, depth: int = 0) -> str:
    """The value of an extension in words, whichever type it has."""
    name, held = node.choice("value")
    if name in ("valueCodeableConcept", "valueCoding"):
        return words_of(held)
    if name:
        return moment(held.value) or held.value or held.text("display")
    inner = [_value_words(part, depth + 1) for part in node.all("extension")] if depth < _MOST_INSIDE else []
    return "; ".join(part for part in inner if part)


def words_of(node: Node) -> str:
    """A concept or coding in words; "" where it has none."""
    return node.text("text") or node.text("coding", "display") or node.text("display")
