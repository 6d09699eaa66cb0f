"""How tables of rules turn STU3 objects into R4 ones: element by element, nothing dropped without a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from carehub.fhir.resource import Resource

from .primitives import Converter
from .reading import Reading, listed, odd, sole

Rules = Mapping[str, tuple[str, Converter]]
Finish = Callable[[Resource, Resource, Reading], None]


def nothing(value: Any, reading: Reading) -> None:
    """For elements without meaning (ids of elements), and for those that a `finish` function reads itself."""


def left_out(value: Any, reading: Reading) -> None:
    """For details without a place in R4; `fields.csv` has the reason for each. Said as MAP-014."""
    reading.note("MAP-014")


def dropped(names: str) -> dict[str, tuple[str, Converter]]:
    """Rules that leave out each of the space-separated elements on purpose, and say so."""
    return {name: (name, left_out) for name in names.split()}


def narrative(value: Any, reading: Reading) -> None:
    """The narrative of a resource. One made from the elements says nothing of its own; any other is left out with MAP-014.

    It is HTML from outside, and GP Connect asks senders for none.
    """
    if value.__class__ is not dict or value.get("status") not in ("generated", "empty"):
        reading.note("MAP-014")


def own(names: str) -> dict[str, tuple[str, Converter]]:
    """Rules for elements that the `finish` function reads itself."""
    return {name: (name, nothing) for name in names.split()}


def same(how: Converter, names: str) -> dict[str, tuple[str, Converter]]:
    """Rules for elements that keep their name and are converted in one way."""
    return {name: (name, how) for name in names.split()}


def many(how: Converter) -> Converter:
    """A list, each item converted."""

    def convert(value: Any, reading: Reading) -> list[Any] | None:
        if value.__class__ is not list:
            value = listed(value)
        return [got for item in value if item is not None and (got := how(item, reading)) is not None] or None

    return convert


def one_of_many(how: Converter) -> Converter:
    """STU3 has one where R4 has a list."""

    def convert(value: Any, reading: Reading) -> list[Any] | None:
        got = how(value, reading)
        return None if got is None else [got]

    return convert


def shape(rules: Rules, *, needs: Iterable[str] = (), strict: bool = False) -> Converter:
    """A complex value by rules. needs: R4 elements it cannot do without. strict: an unknown element makes the entry odd.

    An unknown element is otherwise said as MAP-017; a modifier extension always makes the entry odd, for it may turn the meaning round.
    """
    get = rules.get
    required = tuple(needs)

    def convert(value: Any, reading: Reading) -> Resource | None:
        if value.__class__ is not dict:
            value = sole(value, dict)
        out: Resource = {}
        for key, raw in value.items():
            rule = get(key)
            if raw is None:
                continue
            if rule is None:
                unknown(key, reading, strict)
                continue
            got = rule[1](raw, reading)
            if got is not None:
                out[rule[0]] = got
        for name in required:
            if name not in out:
                raise odd()
        return out or None

    return convert


def unknown(key: str, reading: Reading, strict: bool = False) -> None:
    """An element without a rule. Raises Unmappable for one that can change the meaning of the others."""
    if key == "id":
        return
    if strict or key in ("modifierExtension", "implicitRules"):
        raise odd()
    reading.note("MAP-017")


def fill(source: Resource, out: Resource, rules: Rules, finish: Finish | None, reading: Reading) -> None:
    """A resource's elements by rules, then the elements that need each other."""
    get = rules.get
    for key, raw in source.items():
        if raw is None:
            continue
        rule = get(key)
        if rule is None:
            reading.element = ""
            unknown(key, reading)
            continue
        reading.element = key
        got = rule[1](raw, reading)
        if got is not None:
            out[rule[0]] = got
    reading.element = ""
    if finish is not None:
        finish(source, out, reading)
