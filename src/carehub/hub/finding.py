"""What a search for people is looked up by: the values given, as the links keep them; and who was found, in short."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypedDict

from carehub.careplan.plan import UnifiedCarePlan
from carehub.hub.reading import PersonHit, PersonQuery
from carehub.identity import demographics
from carehub.identity.standardising import postcode_in
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import valid_date
from carehub.terms.nhs_number import valid

FewAtATime = Callable[[], Iterable[Sequence[str]]]
"""Persons whose plans are worth a look, so few at once that a process can hold them."""


class SearchKeys(TypedDict):
    """As Links.find takes them; "" for a value that was not given."""

    nhs_number: str
    family_key: str
    birth_date: str
    postcode: str


def search_keys(query: PersonQuery) -> SearchKeys:
    """The keys of a query. Raises Rejected (API-005) for a number, whole day, name or postcode that is none, and for a query that names nobody."""
    number = valid(query.nhs_number) or ""
    if query.nhs_number.strip() and not number:
        raise Rejected(issue("API-005", at="nhs-number"))
    # People are looked up by the whole day: by a year or month nobody would be found, as if there were nobody.
    if query.birth_date and not (valid_date(query.birth_date) and len(query.birth_date) == len("YYYY-MM-DD")):
        raise Rejected(issue("API-005", at="birthdate"))
    asked = {"name": [{"family": query.family}], "address": [{"postalCode": query.postcode}]}
    read = demographics.read(asked, kind="", source="")
    keys = SearchKeys(nhs_number=number, family_key=read.family_key, birth_date=query.birth_date, postcode=read.postcode)
    # A value of which nothing is left to look up by would be a condition left out: everybody else who fits would be found.
    for name, given, key in (("family", query.family, read.family_key), ("postcode", query.postcode, read.postcode)):
        if given.strip() and not key:
            raise Rejected(issue("API-005", at=name))
    if not any(keys.values()):
        raise Rejected(issue("API-005"))
    return keys


def hit(plan: UnifiedCarePlan, *, related: bool = True) -> PersonHit:
    """A person as the list of those found tells of them. related: whether a relationship that is asked for is there."""
    told = plan.identity
    postcode = next((postcode_in(v.value) for v in told.values if v.label == "Address"), "")
    badges = tuple(dict.fromkeys(report.source.kind.badge for report in plan.sources))
    return PersonHit(
        plan.person,
        told.family,
        told.given,
        told.prefix,
        told.birth_date,
        told.gender,
        told.nhs_number,
        postcode,
        told.died,
        badges,
        related,
    )
