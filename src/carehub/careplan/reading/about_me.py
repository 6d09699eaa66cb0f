"""About Me: what the person wrote in carehub, every version of it, and what sources say under the same headings. Neither replaces the other."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.careplan.about_me import ALONE, ELEMENTS, NOT_WRITTEN, QUESTIONNAIRE, RECORDED, SPOKEN, SUPPORTED_BY
from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading import results
from carehub.careplan.reading.draft import Draft, draft
from carehub.careplan.reading.plan import STATUS
from carehub.careplan.reading.shelf import Shelf
from carehub.careplan.reading.wording import notes
from carehub.fhir.resource import Resource, first, many, text
from carehub.terms.moments import show_time

TYPES = ("QuestionnaireResponse",)

ALSO_TYPES = ("CarePlan",)
"""Types of records of other sections that may hold what is said about the person, or for when things go wrong."""

_HEADINGS = frozenset(heading.casefold() for heading in ELEMENTS)
_CONTINGENCY = "contingency plan"


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """One entry for each version; the newest is the one that counts. Any other answered form is among the results."""
    if not ours(record.resource):
        yield from results.read(record, shelf)
        return
    versions = [one.resource for one in shelf.of("QuestionnaireResponse") if ours(one.resource)]
    newest = max(versions, key=lambda one: (text(one, "authored"), text(one, "id")))
    is_newest = record.resource.get("id") == newest.get("id")
    yield draft(
        shelf,
        record,
        "about_me",
        "About me, in the person's own words",
        status="Current" if is_newest else "Earlier version",
        active=is_newest,
        when=text(record.resource, "authored"),
        facts=_elements(record.resource),
    )


def ours(resource: Resource) -> bool:
    """Whether an answered form is an About Me written in carehub."""
    return text(resource, "questionnaire") == QUESTIONNAIRE


def _elements(resource: Resource) -> Iterator[Fact]:
    told = {text(item, "linkId"): text(first(item, "answer"), "valueString") for item in many(resource, "item") if isinstance(item, dict)}
    for key, heading in SPOKEN:
        yield Fact(heading, told.get(key) or NOT_WRITTEN)
    yield Fact(RECORDED, show_time(text(resource, "authored")))
    yield Fact(SUPPORTED_BY, told.get("supported-by") or ALONE)
    yield Fact("Entered in carehub by", text(resource, "author", "display"))


def also_about_me(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """What a source's care plan says of the person, or for when things go wrong, under the PRSB headings in its notes."""
    resource = record.resource
    told = [fact.value.partition(": ") for fact in notes(resource)]
    about = [Fact(heading, words) for heading, _, words in told if words and heading.casefold() in _HEADINGS]
    crisis = [Fact(heading, words) for heading, _, words in told if words and heading.casefold() == _CONTINGENCY]
    status, active = STATUS.get(text(resource, "status"), ("", True))
    when = text(resource, "created") or text(resource, "period", "start")
    for section, title, facts in (
        ("about_me", "About the person, as a source wrote it down", about),
        ("contingency", "Contingency plan", crisis),
    ):
        if facts:
            yield draft(shelf, record, section, title, status=status, active=active, when=when, facts=facts, part=section)
