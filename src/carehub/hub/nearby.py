"""Who else is at the address of a record: people of one household share it, and a twin or a parent of one name is there too. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from carehub.identity.demographics import Demographics
from carehub.store.ports import Links


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another person at a record's address. same_birth_date: as the record's: a twin has that too. same_name: first and family name agree with
    the record's, as a parent's and a child's may."""

    person: str
    family: str
    given: str
    birth_date: str
    same_birth_date: bool
    same_name: bool


def nearby(says: Demographics, but: Collection[str], links: Links) -> tuple[Neighbour, ...]:
    """One line for each other person with a record at this address, by name. says: of the record. but: persons to leave out; () without a postcode
    or first line."""
    if not (says.postcode and says.address_line):
        return ()
    held = links.links_of_each(person for person in links.find(postcode=says.postcode) if person not in but)
    members = links.members(link.patient for standing in held.values() for link in standing)
    found: dict[str, Neighbour] = {}
    for member in sorted(members.values(), key=lambda one: one.patient):
        told = member.demographics
        if told.postcode == says.postcode and told.address_line == says.address_line and told.family_key:
            born = bool(says.birth_date) and told.birth_date == says.birth_date
            named = (told.family_key, told.given_key) == (says.family_key, says.given_key)
            found.setdefault(member.person, Neighbour(member.person, told.family, told.given, told.birth_date, born, named))
    return tuple(sorted(found.values(), key=lambda one: (one.family, one.given, one.person)))
