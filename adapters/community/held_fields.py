"""The source fields that a message holds, by the names its specification uses, and the message without one: for the contract kit.

A table's column goes by its national name however it was sent: "CYP201CareContact.CARE CONTACT DATE". A document's element goes by its place in
its resource, in XML as in JSON: "Patient.name.family".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, tostring

from carehub.feeds import fields as plain
from carehub.feeds.formats.tables import key
from carehub.feeds.formats.xml import parse_xml
from carehub.feeds.message import Message
from carehub.fhir.canonical import dumps, loads
from carehub.terms.errors import Rejected

from .csds_fields import TITLES
from .tables import rows

_NATIONAL: dict[tuple[str, str], str] = {}
for _row in rows("csds_fields"):
    _first = _row["national_names"].split("|")[0]
    for _name in (*_row["national_names"].split("|"), *_row["schema_names"].split("|")):
        _NATIONAL[_row["title"], key(_name)] = _first
_TABLES = frozenset(TITLES.values())


def fields(message: Message) -> Iterator[str]:
    """Every filled field, each once."""
    body = message.body
    if plain.form(body) == "xml":
        yield from dict.fromkeys(path for path, _, _ in _elements(body))
    else:
        yield from dict.fromkeys(_named(path) for path in plain.fields(body))


def without(message: Message, path: str) -> bytes | None:
    """The message without one field; None when it has none of that name."""
    body = message.body
    if plain.form(body) == "xml":
        return _without_element(body, path)
    if path.partition(".")[0] not in _TABLES:
        return plain.without(body, path)
    try:
        told = loads(body)
    except ValueError:
        return None
    return _without_column(told, *path.split(".", 1))


def _named(path: str) -> str:
    """A column by its national name; anything else as it is."""
    table, _, column = path.partition(".")
    return f"{table}.{_NATIONAL.get((table, key(column)), column)}" if table in _TABLES else path


def _without_column(told: Any, table: str, column: str) -> bytes | None:
    row = told.get(table) if isinstance(told, dict) else None
    if not isinstance(row, dict):
        return None
    kept = {name: value for name, value in row.items() if not value or _NATIONAL.get((table, key(name)), name) != column}
    return dumps({**told, table: kept}) if len(kept) < len(row) else None


def _elements(body: bytes) -> Iterator[tuple[str, Element, str]]:
    """(path, element, attribute or "" for its text) of every filled field of an XML resource."""
    try:
        root = parse_xml(body)
    except Rejected:
        return
    yield from _walk(root, _local(root.tag))


def _walk(element: Element, at: str) -> Iterator[tuple[str, Element, str]]:
    if element.get("value"):
        yield at, element, "value"
    if at.endswith(".div"):
        yield at, element, ""
        return
    url = element.get("url", "").rstrip("/").rpartition("/")[2]
    for part in element:
        name = _local(part.tag)
        if name[:1].isupper():
            yield from _walk(part, name)
        elif url and name.startswith("value"):
            yield from _walk(part, f"{at}({url}).{name}")
        else:
            yield from _walk(part, f"{at}.{name}")


def _without_element(body: bytes, path: str) -> bytes | None:
    try:
        root = parse_xml(body)
    except Rejected:
        return None
    found = [(element, name) for at, element, name in _walk(root, _local(root.tag)) if at == path]
    for element, name in found:
        if name:
            del element.attrib[name]
        else:
            element.clear()
    return tostring(root) if found else None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
