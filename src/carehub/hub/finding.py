"""What a search for people is looked up by: the values given, as the links keep them."""

from __future__ import annotations

from typing import TypedDict

from carehub.hub.reading import PersonQuery
from carehub.identity import demographics
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import valid_date
from carehub.terms.nhs_number import valid


class SearchKeys(TypedDict):
    """As Links.find takes them; "" for a value that was not given."""

    nhs_number: str
    family_key: str
    birth_date: str
    postcode: str


def search_keys(query: PersonQuery) -> SearchKeys:
    """The keys of a query. Raises Rejected (API-005) for a number or day that is none, and for a query that names nobody."""
    number = valid(query.nhs_number) or ""
    if query.nhs_number.strip() and not number:
        raise Rejected(issue("API-005", at="nhs-number"))
    if query.birth_date and not valid_date(query.birth_date):
        raise Rejected(issue("API-005", at="birthdate"))
    asked = {"name": [{"family": query.family}], "address": [{"postalCode": query.postcode}]}
    read = demographics.read(asked, kind="", source="")
    keys = SearchKeys(nhs_number=number, family_key=read.family_key, birth_date=query.birth_date, postcode=read.postcode)
    if not any(keys.values()):
        raise Rejected(issue("API-005"))
    return keys
