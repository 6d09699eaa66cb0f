"""Decisions and wishes that must be seen at the door, from answers, entries and sections of an end of life document: one Flag each.

A Flag only ever repeats what the source said, in its words; the form and the narrative stay whole beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from carehub.feeds.formats.fhir_primitives import moment
from carehub.feeds.formats.fhir_tree import Node
from carehub.fhir.resource import Resource

from .draft import Draft
from .eol_bundle import Opened
from .eol_plan import section_words
from .eol_types import filled, value, words_of

# In the order in which they are looked for: what is found under one topic is not looked for under the next.
_TOPICS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("cpr", "Resuscitation", re.compile(r"\bcpr\b|resuscitat|dnacpr|\bdnar\b", re.IGNORECASE)),
    ("adrt", "Advance decision to refuse treatment", re.compile(r"advance decision|\badrt\b|refus\w+ (?:of )?treatment", re.IGNORECASE)),
    ("lpa", "Lasting power of attorney", re.compile(r"power of attorney|\blpa\b", re.IGNORECASE)),
    ("place", "Preferred place of care or death", re.compile(r"preferred place", re.IGNORECASE)),
    ("medicines", "Anticipatory medicines", re.compile(r"anticipatory|just in case", re.IGNORECASE)),
    (
        "escalation",
        "Treatment escalation",
        re.compile(r"respect\b|escalation|ceiling of|treatment level|advanced? treatment|intervention", re.IGNORECASE),
    ),
)
_KIND = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/flag-category", "code": "clinical", "display": "Clinical"}]}
_LONGEST = 2000


def flags(opened: Opened, draft: Draft) -> Iterator[tuple[str, Resource]]:
    """(name, Flag) of each decision. A section speaks only on topics that no answer spoke on."""
    seen: set[str] = set()
    author = next(iter(opened.references(opened.composition.node.all("author"), draft, "Composition.author")), {})
    when = moment(opened.composition.node.text("date"))
    for entry in opened.listed:
        if entry.place not in opened.mapped or entry.node.kind != "QuestionnaireResponse":
            continue
        authored = moment(entry.node.text("authored")) or when
        used: dict[str, int] = {}
        for question, answer in _answers(entry.node, "", 0):
            topic = _topic(question)
            if not topic:
                continue
            seen.add(topic)
            used[topic] = used.get(topic, 0) + 1
            coded = [held for held in answer.values() if isinstance(held, dict) and held.get("code")]
            text = f"{question}: {words_of(answer)}"
            yield f"{topic}|{entry.local}|{used[topic]}", _flag(draft, text, coded, authored, author)
    for title, words in section_words(opened.composition.node):
        topic = _topic(title)
        if topic and topic not in seen:
            yield f"{topic}|section|{title}", _flag(draft, f"{title}: {words}"[:_LONGEST], [], when, author)


def _topic(words: str) -> str:
    return next((name for name, _, pattern in _TOPICS if pattern.search(words)), "")


def _answers(node: Node, heading: str, depth: int) -> Iterator[tuple[str, Resource]]:
    """(question, answer) of every answered item; the heading stands before a question that does not name the topic itself."""
    for item in node.all("item"):
        asked = item.text("text") or item.text("linkId")
        question = asked if _topic(asked) or not heading else f"{heading}: {asked}"
        for answer in item.all("answer"):
            held = value(answer)
            if held:
                yield question, held
            if depth < 12:
                yield from _answers(answer, question, depth + 1)
        if depth < 12:
            yield from _answers(item, item.text("text") or heading, depth + 1)


def _flag(draft: Draft, text: str, codings: list[Resource], when: str, author: Resource) -> Resource:
    told: Resource = {"status": "active", "category": [_KIND], "code": filled(coding=codings) | {"text": text}, "subject": draft.subject}
    return told | filled(period={"start": when} if when else {}, author=author)
