"""CareConnect extensions of a resource: those with an R4 or UK Core place go there, the rest stay as sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from carehub.fhir.resource import Resource

from .concepts import extension
from .primitives import Converter
from .reading import Reading, listed, odd

Place = Callable[[Resource, Resource, Reading], Resource | None]


def short_name(url: Any) -> str:
    """ "…/Extension-CareConnect-GPC-ListWarningCode-1" as "ListWarningCode"; suppliers use several stems for one extension."""
    if url.__class__ is not str:
        raise odd()
    name: str = url.rstrip().rsplit("/", 1)[-1].removeprefix("Extension-").removeprefix("CareConnect-").removeprefix("GPC-")
    return name.removesuffix("-1")


def placed(known: Mapping[str, Place]) -> Callable[[Resource, Resource, Reading], None]:
    """A step that puts a resource's extensions where they belong. known: short name to what places it in `out`, and may give an extension back."""

    def place(source: Resource, out: Resource, reading: Reading) -> None:
        sent = source.get("extension")
        if sent is None:
            return
        reading.element = "extension"
        for item in listed(sent):
            if item is None:
                continue
            if item.__class__ is not dict:
                raise odd()
            how = known.get(short_name(item.get("url")))
            got = extension(item, reading) if how is None else how(item, out, reading)
            if got is not None:
                out.setdefault("extension", []).append(got)
        reading.element = ""

    return place


def parts(value: Resource) -> dict[str, Resource]:
    """The inner extensions of a complex extension by their url; the first of each."""
    found: dict[str, Resource] = {}
    inner = value.get("extension")
    if inner is None:
        return found
    for item in listed(inner):
        if item.__class__ is not dict or item.get("url").__class__ is not str:
            raise odd()
        found.setdefault(item["url"], item)
    return found


def value_of(item: Resource | None, reading: Reading, how: Converter, *names: str) -> Any:
    """The value of an extension under the first of the names it has, converted; None when there is none."""
    if item is not None:
        for name in names:
            if item.get(name) is not None:
                return how(item[name], reading)
    return None


def renamed(url: str, name: str, how: Converter) -> Place:
    """Place for a simple extension that keeps its value and value name, and changes its address."""

    def place(item: Resource, out: Resource, reading: Reading) -> Resource | None:
        got = value_of(item, reading, how, name)
        return None if got is None else {"url": url, name: got}

    return place
