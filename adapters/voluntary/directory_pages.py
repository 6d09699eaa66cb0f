"""A submission of the directory feed to its parts: pages to services, and a whole read to services and its end.

A body as the interface gives it (a service, a page, the front page) closes nothing. A read is a wrapper that says which directory was read, when,
and holds the pages as they came; see README.md. A service that has vanished is taken as closed only when nothing could hide it: the directory
came in one page, or two reads one after the other hold the same services.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carehub.fhir.canonical import dumps
from carehub.fhir.gate import read_json
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue

from .service_records import is_nested
from .shapes import raw

READ, SERVICE, END, OUTSIDE = "directory read", "directory service", "end of directory", "part from outside"
_MOST_READS = 8
_Read = list[dict[str, Any]]


def split_directory(body: bytes) -> Iterator[bytes]:
    """The parts of one submission, in order. Raises Unreadable for what is neither a read nor any JSON."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise Unreadable(issue("MAP-001"))
    kind = value.get("carehub")
    if kind == READ:
        yield from _split_read(value)
    elif kind is not None:
        # The hub's own parts do not come from outside: an end that nobody wrote would close every service of the directory.
        yield dumps({"carehub": OUTSIDE, "body": value})
    elif listed := contents(value):
        yield from (dumps({"carehub": SERVICE, "service": one}) for one in listed)
    else:
        yield body


def contents(page: dict[str, Any]) -> list[Any] | None:
    """The entries of a page, under the name of version 3 or of older ones; None when it is no page."""
    return next((page[name] for name in ("contents", "content") if isinstance(page.get(name), list)), None)


def read_whole(value: dict[str, Any]) -> list[_Read]:
    """The reads of a wrapper, each a list of pages. Raises Unreadable MAP-001."""
    reads = value.get("reads")
    if value.get("carehub") != READ or not isinstance(reads, list) or not 0 < len(reads) <= _MOST_READS:
        raise Unreadable(issue("MAP-001", at="reads"))
    if not all(isinstance(read, list) and all(isinstance(p, dict) and contents(p) is not None for p in read) for read in reads):
        raise Unreadable(issue("MAP-001", at="reads"))
    return reads


def _split_read(value: dict[str, Any]) -> Iterator[bytes]:
    reads = read_whole(value)
    head = {"directory": value.get("directory"), "readAt": value.get("readAt")}
    told: dict[bytes, None] = {}
    named: dict[str, int] = {}
    for read in reads:
        for page in read:
            for service in contents(page) or ():
                told[dumps({"carehub": SERVICE, **head, "service": service})] = None
        for id in {raw(service, "id") for page in read for service in contents(page) or ()}:
            named[id] = 0
    yield from told
    ids = [_ids(read) for read in reads]
    whole = all(found is not None and found == ids[0] for found in ids) and (len(reads) > 1 or len(reads[0]) == 1)
    counts = {"services": len(named), "repeated": max(0, len(told) - len(named))}
    yield dumps({"carehub": END, **head, **counts, "whole": whole, "nested": whole and all(_nested(read) for read in reads)})


def _nested(read: _Read) -> bool:
    return all(is_nested(service) for page in read for service in contents(page) or () if isinstance(service, dict))


def _ids(read: _Read) -> frozenset[str] | None:
    """The ids of a read that is complete by its own counts; None when it is not, or cannot be known to be.

    The count is believed, not `last_page`: directories leave that false on their only page.
    """
    found = [raw(service, "id") if isinstance(service, dict) else "" for page in read for service in contents(page) or ()]
    if not found or not all(found) or len(set(found)) != len(found):
        return None
    totals = {raw(page, "total_items", "totalElements", "total_elements") for page in read}
    pages = {raw(page, "total_pages", "totalPages") for page in read}
    numbers = {raw(page, "page_number", "number") for page in read}
    each = any(numbers == {str(n + first) for n in range(len(read))} for first in (0, 1))
    return frozenset(found) if totals == {str(len(found))} and pages == {str(len(read))} and each else None
