"""Bundles spliced from stored bytes: bodies are never parsed, so a large record costs little more than copying it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from carehub.fhir.canonical import dumps

SearchMode = Literal["match", "include", "outcome"]


class Entry(NamedTuple):
    """One Bundle entry. full_url: absolute URL or URN; body: exact JSON of the resource; mode: only in a searchset. found: further members of its
    search element, such as the score."""

    full_url: str
    body: bytes
    mode: SearchMode | None = None
    found: Mapping[str, object] | None = None


def searchset(entries: Iterable[Entry], total: int | None, self_url: str, next_url: str = "") -> bytes:
    """A searchset Bundle as JSON. total: matches over all pages, or None to leave it out; next_url: the next page, or "".

    https://hl7.org/fhir/R4/http.html#search: the self link says which parameters were used.
    """
    links = [{"relation": "self", "url": self_url}] + ([{"relation": "next", "url": next_url}] if next_url else [])
    head = b'{"resourceType":"Bundle","type":"searchset",'
    if total is not None:
        head += b'"total":%d,' % total
    return _spliced(head + b'"link":' + dumps(links), entries)


class Past(NamedTuple):
    """One version in a history (https://hl7.org/fhir/R4/http.html#history). body: exact JSON, b"" where there is none to give; method and url: how the
    version came to be; answer: the entry's response element."""

    full_url: str
    body: bytes
    method: Literal["GET", "POST", "PUT", "DELETE"]
    url: str
    answer: Mapping[str, object]


def history(versions: Iterable[Past], total: int, self_url: str, next_url: str = "") -> bytes:
    """A history Bundle as JSON. versions: the newest first. total: over all pages. next_url: the next page, or ""."""
    links = [{"relation": "self", "url": self_url}] + ([{"relation": "next", "url": next_url}] if next_url else [])
    entries = []
    for full_url, body, method, url, answer in versions:
        resource = b',"resource":' + body if body else b""
        said = dumps({"request": {"method": method, "url": url}, "response": answer})
        entries.append(b'{"fullUrl":' + dumps(full_url) + resource + b"," + said[1:])
    head = b'{"resourceType":"Bundle","type":"history","total":%d,"link":' % total + dumps(links)
    return head + (b',"entry":[' + b",".join(entries) + b"]" if entries else b"") + b"}"


def collection(entries: Iterable[Entry], *, id: str = "", timestamp: str = "") -> bytes:
    """A collection Bundle as JSON. timestamp: ISO 8601 instant, or ""."""
    return _spliced(_head("collection", id, timestamp), entries)


def document(entries: Iterable[Entry], *, id: str, system: str, value: str, timestamp: str, profile: str = "") -> bytes:
    """A document Bundle as JSON; its first entry must be the Composition. system, value: the identifier a document must have, and
    timestamp (ISO 8601 instant) when it was put together (https://hl7.org/fhir/R4/documents.html). profile: the one it claims, or "".
    """
    more: dict[str, object] = {"identifier": {"system": system, "value": value}}
    if profile:
        more["meta"] = {"profile": [profile]}
    return _spliced(_head("document", id, timestamp) + b"," + dumps(more)[1:-1], entries)


def _head(type: str, id: str, timestamp: str) -> bytes:
    return dumps({"resourceType": "Bundle", **({"id": id} if id else {}), "type": type, **({"timestamp": timestamp} if timestamp else {})})[
        :-1
    ]


_MODES = {mode: b',"search":{"mode":"' + mode.encode() + b'"}}' for mode in ("match", "include", "outcome")}


def _spliced(head: bytes, entries: Iterable[Entry]) -> bytes:
    # FHIR allows no empty array: a Bundle without entries has no "entry".
    parts: list[bytes] = []
    for full_url, body, mode, found in entries:
        search = b',"search":' + dumps({"mode": mode, **found}) + b"}" if found else _MODES[mode] if mode else b"}"
        parts += (b',{"fullUrl":', dumps(full_url), b',"resource":', body, search)
    if not parts:
        return head + b"}"
    parts[0] = b'{"fullUrl":'
    return b"".join((head, b',"entry":[', *parts, b"]}"))
