"""One composition: an Encounter with its tree of lists where it is a consultation, and the statements it holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from xml.etree.ElementTree import Element

from carehub.fhir.resource import Resource

from . import statements
from .concepts import concept
from .medicines import Courses, medication
from .notebook import Notebook, Setting, agent, labels, place_of, plain
from .v3 import attribute, child, children, identity, name, said, span, when, words

_SNOMED = "http://snomed.info/sct"
# Compositions that hold entries made outside a consultation.
_NO_CONSULTATION = frozenset({"196401000000100", "196391000000103"})
_TOPIC = ("25851000000105", "Topic (EHR)")
_CATEGORY = ("24781000000107", "Category (EHR)")
_CONSULTATION = ("325851000000107", "Consultation")
# Read headings over allergies, with whether they are of drugs; in Read version 2 and CTV3.
_ALLERGIES = {"SN53.00": False, "SN53.": False, "14L..00": True, "14L..": True, "XaFsj": False}
_LEAVES = ("ObservationStatement", "NarrativeStatement", "PlanStatement", "RequestStatement", "MedicationStatement")


@dataclass(slots=True)
class Topics:
    """Topic lists by id, and the acts each holds: problems are linked to topics afterwards."""

    lists: dict[str, Resource] = field(default_factory=dict)
    holds: dict[str, set[str]] = field(default_factory=dict)


def composition(element: Element, book: Notebook, place: str, found: Courses, topics: Topics) -> Setting:
    """Everything in one ehrComposition but its LinkSets. An entry outside any topic goes under a topic without a title."""
    code = child(element, "code")
    id = identity(element)
    met = attribute(code, "code") not in _NO_CONSULTATION and bool(id)
    setting = Setting(
        encounter=id if met else "",
        written=when(element, "author", "time"),
        performer=agent(element, "Participant2"),
        recorder=agent(element, "author"),
        labels=labels(element, ()),
    )
    if met:
        _encounter(element, book, place, setting)
    entries: list[str] = []
    loose: list[str] = []
    loose_acts: set[str] = set()
    for position, act in enumerate(inner for outer in children(element, "component") for inner in outer):
        where = place_of(act, place, position)
        if name(act) == "LinkSet" or name(act) == "EhrEmpty":
            continue
        if met and act.get("classCode") == "TOPIC":
            made = book.attempt(where, partial(_topic, act, setting, book, where, found, topics))
            entries += [made] if made else []
        else:
            loose += statement(act, setting, book, where, found)
            loose_acts |= _inside(act)
    if met and loose:
        topic = _list(book, place, f"{id}-TOPIC", _TOPIC, "", setting, when(element, "availabilityTime"), loose)
        topics.lists[topic] = book.made[topic]
        topics.holds[topic] = loose_acts
        entries.append(topic)
    if met:
        title = words(code, "originalText") or attribute(code, "displayName")
        _list(book, place, f"{id}-CONS", _CONSULTATION, title, setting, setting.written, entries)
    return setting


def _encounter(element: Element, book: Notebook, place: str, setting: Setting) -> None:
    people = []
    for code, display, system, who in (
        ("REC", "recorder", "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-ParticipantType-1", setting.recorder),
        ("PPRF", "primary performer", "http://hl7.org/fhir/v3/ParticipationType", setting.performer),
    ):
        if who:
            people.append({"type": [{"coding": [{"system": system, "code": code, "display": display}]}], "individual": book.person(who)})
    site = words(element, "location", "locatedEntity", "locatedPlace", "name")
    coded = concept(child(element, "code"))
    both = span(element)
    start = both.get("start") or when(element, "effectiveTime", "center") or when(element, "availabilityTime")
    book.known[setting.encounter] = book.add(
        place,
        "Encounter",
        setting.encounter,
        setting.labels,
        status="finished",
        type=[coded] if coded else [],
        participant=people,
        period=said(start=start, end=both.get("end", "")),
        location=[{"location": {"display": site}}] if site else [],
    )


def _topic(act: Element, setting: Setting, book: Notebook, place: str, found: Courses, topics: Topics) -> str:
    plain(act)
    setting = _within(act, setting)
    entries = []
    for position, inner in enumerate(one for outer in children(act, "component") for one in outer):
        where = place_of(inner, place, position)
        if inner.get("classCode") == "CATEGORY" and not _is_allergy(inner):
            made = book.attempt(where, partial(_category, inner, setting, book, where, found))
            entries += [made] if made else []
        else:
            entries += statement(inner, setting, book, where, found)
    made = _heading(act, setting, book, place, _TOPIC, entries)
    topics.lists[made] = book.made[made]
    topics.holds[made] = _inside(act)
    return made


def _category(act: Element, setting: Setting, book: Notebook, place: str, found: Courses) -> str:
    plain(act)
    setting = _within(act, setting)
    entries = []
    for position, inner in enumerate(one for outer in children(act, "component") for one in outer):
        entries += statement(inner, setting, book, place_of(inner, place, position), found)
    return _heading(act, setting, book, place, _CATEGORY, entries)


def _heading(act: Element, setting: Setting, book: Notebook, place: str, kind: tuple[str, str], entries: list[str]) -> str:
    code = child(act, "code")
    title = words(code, "originalText") or attribute(code, "displayName")
    return _list(book, place, identity(act), kind, title, setting, when(act, "availabilityTime"), entries)


def _list(book: Notebook, place: str, id: str, kind: tuple[str, str], title: str, setting: Setting, date: str, entries: list[str]) -> str:
    return book.add(
        place,
        "List",
        id,
        setting.labels,
        status="current",
        mode="snapshot",
        title=title,
        code={"coding": [{"system": _SNOMED, "code": kind[0], "display": kind[1]}]},
        encounter={"reference": f"Encounter/{setting.encounter}"},
        date=date,
        entry=[{"item": {"reference": one}} for one in dict.fromkeys(entries)],
    )


def statement(act: Element, setting: Setting, book: Notebook, place: str, found: Courses) -> list[str]:
    """One statement and all that it holds; "Type/id" of what it became, headings before what they head."""
    kind = name(act)
    if kind == "CompoundStatement":
        return book.attempt(place, partial(_compound, act, setting, book, place, found)) or []
    if kind not in _LEAVES:
        book.unmapped[kind] += 1
        return []
    return book.attempt(place, partial(_leaf, act, setting, book, place, found)) or []


def _leaf(act: Element, setting: Setting, book: Notebook, place: str, found: Courses) -> list[str]:
    kind = name(act)
    if kind == "MedicationStatement":
        return medication(act, setting, book, place, found)
    how = {
        "ObservationStatement": statements.observation,
        "NarrativeStatement": statements.narrative,
        "PlanStatement": statements.plan,
        "RequestStatement": statements.request,
    }[kind]
    made = how(act, setting, book, place)
    book.known[identity(act)] = made
    return [made]


def _is_allergy(act: Element) -> bool:
    return attribute(act, "code", "code") in _ALLERGIES


def _compound(act: Element, setting: Setting, book: Notebook, place: str, found: Courses) -> list[str]:
    """A compound that is no topic or category of a consultation: an allergy, a battery or cluster, or only a wrapper."""
    plain(act)
    setting = _within(act, setting)
    held = [(place_of(one, place, n), one) for n, one in enumerate(one for outer in children(act, "component") for one in outer)]
    if _is_allergy(act):
        drug = _ALLERGIES[attribute(act, "code", "code")]
        made = []
        for where, one in held:
            if name(one) == "ObservationStatement":
                named = book.attempt(where, partial(statements.allergy, one, setting, book, where, drug))
                if named:
                    book.known[identity(one)] = named
                    made.append(named)
            else:
                made += statement(one, setting, book, where, found)
        return made
    members = [made for where, one in held for made in statement(one, setting, book, where, found)]
    if act.get("classCode") not in ("BATTERY", "CLUSTER") or not identity(act):
        return members
    heading = statements.header(act, setting, book, place, [one for one in members if one.startswith("Observation/")])
    book.known[identity(act)] = heading
    for member in members:
        if member.startswith("Observation/"):
            book.made[member].setdefault("related", []).append({"type": "derived-from", "target": {"reference": heading}})
    return [heading, *members]


def _within(act: Element, setting: Setting) -> Setting:
    """The setting of what an act holds: it takes on the act's own labels."""
    return replace(setting, labels=labels(act, setting.labels))


def _inside(act: Element) -> set[str]:
    """The ids of an act and of all acts in it."""
    return {id for one in act.iter() if (id := identity(one))}
