"""The fields a message holds, and the message without one of them, for the formats feeds arrive in: JSON, XML, HL7 v2, EDIFACT, tables.

A field is named as people who know the format name it: "Observation.comment" (FHIR, from the resource down), "patient.name" (other JSON),
"EhrFolder/component/@code" (XML, from the root down), "PID-5" (HL7 v2), "RSL-2" (EDIFACT), "Client_Type" (a table's column as sent).
Only filled fields count. This is for coverage (ING-10), not for mapping.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, tostring

from carehub.feeds.formats.tables import read_row
from carehub.feeds.formats.xml import parse_xml
from carehub.fhir.canonical import dumps, loads
from carehub.terms.errors import Rejected

_MOST = 20_000
_EDIFACT = re.compile(r"(?<!\?)'\s*")
_ELEMENT = re.compile(r"(?<!\?)\+")


def fields(body: bytes) -> Iterator[str]:
    """Every filled field of a message, each once, in order. Nothing for bytes that are none of the formats."""
    found: dict[str, None] = {}
    for path in _paths(body):
        found[path] = None
        if len(found) > _MOST:
            break
    return iter(found)


def without(body: bytes, path: str) -> bytes | None:
    """The message with every occurrence of one field emptied or taken out; None when it has no such field."""
    kind = form(body)
    try:
        if kind == "json":
            value = loads(body)
            return dumps(_pruned(value, path, "")) if path in set(_json(value, "")) else None
        if kind == "xml":
            return _without_xml(body, path)
        if kind in ("hl7v2", "edifact"):
            return _without_segment_field(body, path, kind)
        return _without_cell(body, path)
    except (Rejected, ValueError, RecursionError):
        return None


def form(body: bytes) -> str:
    """Which of the formats the bytes look like: json, xml, hl7v2, edifact or table."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:3]
    if start[:1] in (b"{", b"["):
        return "json"
    if start[:1] == b"<":
        return "xml"
    if start in (b"MSH", b"FHS", b"BHS"):
        return "hl7v2"
    return "edifact" if start in (b"UNA", b"UNB", b"UNH") else "table"


def delimiter(body: bytes) -> str:
    """What most probably parts the cells of a table: the most frequent of | , ; and tab in its first line."""
    line = body.split(b"\n", 1)[0].decode("utf-8", "replace")
    return max("|,;\t", key=line.count)


def _paths(body: bytes) -> Iterator[str]:
    kind = form(body)
    try:
        if kind == "json":
            yield from _json(loads(body), "")
        elif kind == "xml":
            root = parse_xml(body)
            yield from _xml(root, _local(root.tag))
        elif kind in ("hl7v2", "edifact"):
            for segment in _segments(body, kind):
                name, offset = segment[0], 1 if segment[0] in ("MSH", "FHS", "BHS") else 0
                yield from (f"{name}-{n + offset}" for n, value in enumerate(segment[1:], 1) if value)
        else:
            row = read_row(body, delimiter(body))
            yield from (name for name, cell in zip(row.header.names, row.cells, strict=True) if cell)
    except (Rejected, ValueError, RecursionError):
        return


# ---- JSON ----


def _json(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        start = _start(value, at)
        for name, part in value.items():
            if name != "resourceType" and not (name == "url" and start.endswith("xtension")):
                yield from _json(part, _below(start, name, value))
    elif isinstance(value, list):
        for part in value:
            yield from _json(part, at)
    elif value is not None and value != "":
        yield at


def _start(value: dict[str, Any], at: str) -> str:
    kind = value.get("resourceType")
    return kind if isinstance(kind, str) else at


def _below(at: str, name: str, holder: dict[str, Any]) -> str:
    """The path of one element; extensions are told apart by the last word of their address."""
    url = holder.get("url")
    if name.startswith("value") and isinstance(url, str) and at.endswith("xtension"):
        return f"{at}({url.rstrip('/').rpartition('/')[2]}).{name}"
    return f"{at}.{name}" if at else name


def _pruned(value: Any, path: str, at: str) -> Any:
    if isinstance(value, dict):
        start = _start(value, at)
        kept = {name: (_pruned(part, path, _below(start, name, value)), part) for name, part in value.items()}
        return {name: new for name, (new, old) in kept.items() if new is not _GONE and (new not in ({}, []) or new == old)}
    if isinstance(value, list):
        pairs = [(_pruned(part, path, at), part) for part in value]
        return [new for new, old in pairs if new is not _GONE and (new not in ({}, []) or new == old)]
    return _GONE if at == path and value is not None and value != "" else value


_GONE = object()


# ---- XML ----


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _xml(element: Element, at: str) -> Iterator[str]:
    yield from (f"{at}/@{_local(name)}" for name, value in element.attrib.items() if value)
    if element.text and element.text.strip():
        yield at
    for part in element:
        yield from _xml(part, f"{at}/{_local(part.tag)}")


def _without_xml(body: bytes, path: str) -> bytes | None:
    root = parse_xml(body)
    return tostring(root) if _strip_xml(root, _local(root.tag), path) else None


def _strip_xml(element: Element, at: str, path: str) -> bool:
    found = False
    for name in [name for name, value in element.attrib.items() if value and f"{at}/@{_local(name)}" == path]:
        del element.attrib[name]
        found = True
    if at == path and element.text and element.text.strip():
        element.text = ""
        found = True
    for part in element:
        found |= _strip_xml(part, f"{at}/{_local(part.tag)}", path)
    return found


# ---- segments ----


def _segments(body: bytes, kind: str) -> list[list[str]]:
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    if kind == "edifact":
        lines = [line.strip() for line in _EDIFACT.split(text) if line.strip()]
        return [_ELEMENT.split(line) for line in lines if not line.startswith("UNA")]
    lines = [line for line in re.split(r"[\r\n]+", text) if len(line) > 3]
    separator = next((line[3] for line in lines if line[:3] in ("MSH", "FHS", "BHS")), "|")
    return [line.split(separator) for line in lines]


def _without_segment_field(body: bytes, path: str, kind: str) -> bytes | None:
    name, _, number = path.rpartition("-")
    if not number.isdigit():
        return None
    place = int(number) - (1 if name in ("MSH", "FHS", "BHS") else 0)
    segments, found = _segments(body, kind), False
    separator = "+" if kind == "edifact" else next((chr(body[3 + at]) for at in (body.find(b"MSH"),) if at >= 0), "|")
    for segment in segments:
        if segment[0] == name and 0 < place < len(segment) and segment[place]:
            segment[place], found = "", True
    if not found:
        return None
    end = "'" if kind == "edifact" else "\r"
    return "".join(separator.join(segment) + end for segment in segments).encode()


# ---- tables ----


def _without_cell(body: bytes, path: str) -> bytes | None:
    mark = delimiter(body)
    row = read_row(body, mark)
    if path not in row.header.names:
        return None
    place = row.header.names.index(path)
    if not row.cells[place]:
        return None
    cells = [*row.cells[:place], "", *row.cells[place + 1 :]]
    head, out = body.split(b"\n", 1)[0].rstrip(b"\r"), io.StringIO()
    csv.writer(out, delimiter=mark, quoting=csv.QUOTE_ALL if b'"' in body else csv.QUOTE_MINIMAL, lineterminator="").writerow(cells)
    return head + b"\r\n" + out.getvalue().encode(row.charset)
