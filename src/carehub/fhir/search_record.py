"""A search within one person's record that policy has released: conditions, chains, reverse chains, includes and order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cmp_to_key
from operator import itemgetter

from carehub.fhir.resource import Resource
from carehub.fhir.search_table import PARAMS, Param, param_of
from carehub.fhir.search_values import Test, one_of, order, test_of
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

Key = tuple[str, ...]
"""What a match is ordered by: a value for each part of _sort, then "Type/id"."""


@dataclass(frozen=True, slots=True)
class Sort:
    """Parameters to sort by, each with whether the greatest comes first; ties are broken by id, so the order never changes by itself."""

    by: tuple[tuple[Param, bool], ...] = ()

    def key(self, resource: Resource) -> Key:
        """The order key of a resource."""
        return (*(order(param, resource, last) for param, last in self.by), reference(resource))

    def compare(self, one: Key, other: Key) -> int:
        """Below 0, 0 or above 0. What has no value comes last."""
        directions = [*(last for _, last in self.by), False]
        for mine, theirs, last in zip(one, other, directions, strict=True):
            if mine != theirs:
                if not mine or not theirs:
                    return 1 if not mine else -1
                return (-1 if mine < theirs else 1) * (-1 if last else 1)
        return 0

    def ordered(self, matches: Iterable[Resource]) -> list[tuple[Key, Resource]]:
        """Matches with their keys, in order."""
        keyed = [(self.key(resource), resource) for resource in matches]
        if not self.by:
            return sorted(keyed, key=itemgetter(0))
        return sorted(keyed, key=cmp_to_key(self._compare_pairs))

    def _compare_pairs(self, one: tuple[Key, Resource], other: tuple[Key, Resource]) -> int:
        return self.compare(one[0], other[0])


def sort_of(type_: str, raw: str) -> Sort:
    """ "-date,_id" as a Sort. Raises Rejected(API-004) for a parameter that the type has not, and for a composite one."""
    found = []
    for name in filter(None, raw.split(",")):
        param = param_of(type_, name.removeprefix("-"))
        if param is None or param.kind == "composite":
            raise Rejected(issue("API-004", at="_sort"))
        found.append((param, name.startswith("-")))
    return Sort(tuple(found))


def reference(resource: Resource) -> str:
    """ "Type/id"."""
    return f"{resource['resourceType']}/{resource['id']}"


def condition(type_: str, name: str, value: str, held: Mapping[str, Resource], now: datetime) -> Test | None:
    """The test that one parameter of a search makes; None for a parameter that is not served.

    name: as given, with modifier ("code:not"), chain of one ("subject:Patient.family", "patient.family") or "_has:Type:reference:name". held: the
    released record by "Type/id". Raises Rejected as search_values.test_of does.
    """
    if name.startswith("_has:"):
        return _reverse(type_, name, value, held, now)
    if "." in name:
        return _chain(type_, name, value, held, now)
    plain_name, _, modifier = name.partition(":")
    param = param_of(type_, plain_name)
    if param is None:
        return None
    if param.kind == "reference" and (modifier in PARAMS or modifier == "Patient"):
        return test_of(param, "", ",".join(f"{modifier}/{part}" for part in value.split(",")), now)
    return test_of(param, modifier, value, now)


def _chain(type_: str, name: str, value: str, held: Mapping[str, Resource], now: datetime) -> Test | None:
    link, _, rest = name.partition(".")
    link, _, target = link.partition(":")
    param = param_of(type_, link)
    if param is None or param.kind != "reference" or "." in rest:
        return None
    targets = [target] if target else ["Patient"] if link in ("patient", "subject") else [*PARAMS]
    found: set[str] = set()
    served = False
    for one in targets:
        if param_of(one, rest.partition(":")[0]) is not None:
            test = condition(one, rest, value, held, now)
            served = True
            found |= {at for at, resource in held.items() if resource["resourceType"] == one and test is not None and test(resource)}
    return (lambda resource: not found.isdisjoint(one_of(param, resource))) if served else None


def _reverse(type_: str, name: str, value: str, held: Mapping[str, Resource], now: datetime) -> Test | None:
    _, other, link, *rest = [*name.split(":"), "", ""][: max(4, name.count(":") + 1)]
    param, test = param_of(other, link), None
    if param is not None and param.kind == "reference":
        test = condition(other, ":".join(rest), value, held, now)
    if param is None or test is None:
        return None
    pointed = {at for one in held.values() if one["resourceType"] == other and test(one) for at in one_of(param, one)}
    return lambda resource: reference(resource) in pointed


def included(asked: Sequence[str], matches: Sequence[Resource], held: Mapping[str, Resource]) -> Iterator[Resource]:
    """What "Type:param[:target]" of _include adds to these matches, each once; only what the record holds."""
    for one in asked:
        type_, param, target = _link(one, "_include")
        for resource in matches:
            if resource["resourceType"] == type_:
                yield from (held[at] for at in one_of(param, resource) if at in held and (not target or at.startswith(f"{target}/")))


def reverse_included(asked: Sequence[str], matches: Sequence[Resource], held: Mapping[str, Resource]) -> Iterator[Resource]:
    """What "Type:param" of _revinclude adds: what of the record points at these matches."""
    wanted = {reference(resource) for resource in matches}
    for one in asked:
        type_, param, _ = _link(one, "_revinclude")
        yield from (r for r in held.values() if r["resourceType"] == type_ and not wanted.isdisjoint(one_of(param, r)))


def _link(text: str, name: str) -> tuple[str, Param, str]:
    type_, link, target = (*text.split(":"), "", "")[:3]
    param = param_of(type_, link)
    if param is None or param.kind != "reference":
        raise Rejected(issue("API-004", at=name))
    return type_, param, target
