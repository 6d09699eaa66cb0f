"""Where a record may tell of somebody else than its person, or of what may harm: whoever gives the person a copy must look at that first.

The right of access covers what is about the person and must not harm others (UK GDPR Article 15(4); Data Protection Act 2018, Schedule 2,
paragraph 16). Words are judged widely: what is marked is only looked at, and what is not marked is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from carehub.careplan.protected_words import OTHER_DATA, text_of
from carehub.careplan.protection import labels
from carehub.careplan.reading.alert_sections import section_of
from carehub.fhir.resource import Resource, many, text

NEAR = "It is about somebody near the person."
OTHERS_RECORD = "It names a patient record that is not this person's."
SAFEGUARDING = "It speaks of safeguarding."
UNREAD = "It is a document that cannot be read here as text: somebody must read it for what it tells of others."

_OF_OTHERS = frozenset(("RelatedPerson", "FamilyMemberHistory"))
# Leaves that hold no words for people.
_MACHINE = frozenset(("system", "url", "reference", "id", "code", "data", "contentType", "resourceType", "status", "versionId", "source"))
_SOMEBODY = re.compile(
    r"\b(?:wife|husband|spouse|partner|fianc[eé]e?|boyfriend|girlfriend|widow(?:er)?|son|daughter|child|children|baby|toddler|mother|father|mum"
    r"|mummy|mam|dad|daddy|parents?|brother|sister|siblings?|twins?|aunt(?:ie)?|uncle|niece|nephew|cousin|grand(?:son|daughter|mother|father|child"
    r"|children|parents?|ma|dad|mum)|gran|granny|nan|step(?:son|daughter|mother|father|brother|sister)|in-laws?|next of kin|family|relatives?"
    r"|neighbours?|friends?|flatmate|housemate|lodger|landlord|landlady|tenant|carers?|guardian|attorney|deputy|alleged|perpetrator|informant"
    r"|witness|employer|another (?:patient|resident|person))\b",
    re.IGNORECASE,
)
_SHORTEST = 3
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of the person and of those near them. own: ids of the person's own Patient records. names: of those near them, None where no
    record names anybody."""

    own: frozenset[str]
    names: re.Pattern[str] | None


def around(resources: Iterable[Resource], own: Iterable[str]) -> Around:
    """resources: the person's Patient and RelatedPerson records, of every source. A name that the person has too is no sign of another."""
    mine, theirs = set[str](), set[str]()
    for resource in resources:
        (theirs if resource.get("resourceType") == "RelatedPerson" else mine).update(_names(resource))
        for contact in many(resource, "contact"):
            theirs.update(_names(contact) if isinstance(contact, dict) else ())
    found = sorted(name for name in theirs - mine if len(name) >= _SHORTEST)
    names = re.compile(rf"\b(?:{'|'.join(map(re.escape, found))})\b", re.IGNORECASE) if found else None
    return Around(frozenset(own), names)


def why_reviewed(resource: Resource, known: Around) -> tuple[str, ...]:
    """Why somebody must look at a record before the person is given it, in sentences; () where nothing of it gives cause."""
    reasons = dict.fromkeys([f"Its source labelled it: {', '.join(found)}."] if (found := labels(resource)) else [])
    if resource.get("resourceType") == "Patient" and many(resource, "contact"):
        reasons[NEAR] = None
    for element in _elements(resource):
        reasons |= dict.fromkeys(_of_element(element, known))
    return tuple(reasons | dict.fromkeys(of_words(_words(resource), known)))


def of_words(told: Iterable[str], known: Around) -> list[str]:
    """The same of words that stand in no record, such as a reason somebody gave."""
    somebody, guarded = dict[str, None](), False
    for words in told:
        somebody |= dict.fromkeys(found.casefold() for found in _SOMEBODY.findall(words))
        somebody |= dict.fromkeys(known.names.findall(words) if known.names else ())
        guarded = guarded or section_of(words, ()) == "safeguarding"
    shown = ", ".join(list(somebody)[:_MOST_NAMED])
    return [*([f"Its words may tell of somebody else: {shown}."] if somebody else []), *([SAFEGUARDING] if guarded else [])]


def _of_element(element: dict[str, Any], known: Around) -> Iterator[str]:
    if element.get("resourceType") in _OF_OTHERS:
        yield NEAR
    reference = element.get("reference")
    type_, _, id_ = reference.rpartition("/") if isinstance(reference, str) else ("", "", "")
    if type_.endswith("RelatedPerson"):
        yield NEAR
    elif type_.endswith("Patient") and id_ not in known.own:
        yield OTHERS_RECORD
    if isinstance(element.get("data"), str) and not element.keys() & OTHER_DATA and text_of(element) is None:
        yield UNREAD


def _elements(told: Any) -> Iterator[dict[str, Any]]:
    if isinstance(told, dict):
        yield told
    for part in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from _elements(part)


def _words(told: Any, name: str = "") -> Iterator[str]:
    if isinstance(told, str) and name not in _MACHINE:
        yield told
    elif isinstance(told, list):
        for part in told:
            yield from _words(part, name)
    elif isinstance(told, dict):
        for key, part in told.items():
            yield from _words(part, key)
        if isinstance(told.get("data"), str) and (document := text_of(told)):
            yield document


def _names(element: Resource) -> set[str]:
    """The words of every name of somebody, in small letters."""
    named = [one for one in many(element, "name") if isinstance(one, dict)]
    told = [str(part) for one in named for part in (text(one, "family"), text(one, "text"), *many(one, "given"))]
    return {word.casefold() for one in told for word in re.findall(r"[^\W\d_][\w'’-]*", one)}
