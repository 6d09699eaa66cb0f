"""Bytes from outside to Python values: nothing lost, nothing hidden, nothing that can hurt the reader."""

from __future__ import annotations

import codecs
from typing import Any

from carehub.fhir import canonical
from carehub.fhir.resource import Resource
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue

MAX_BYTES = 50_000_000
MAX_DEPTH = 32


def read_json(body: bytes, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """A JSON text (RFC 8259, UTF-8, a byte order mark tolerated) as dicts, lists, str, bool, None, int, and Decimal for any number
    written with a fraction or an exponent.

    Raises Unreadable and nothing else: GATE-001 over max_bytes; GATE-002 not JSON (also NaN, Infinity, bytes that are not UTF-8, half of
    a surrogate pair, a number too large to hold); GATE-003 more than max_depth arrays and objects inside one another; GATE-004 an object
    that has one key twice, however the key is spelled.
    """
    if len(body) > max_bytes:
        raise Unreadable(issue("GATE-001"))
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        value = canonical.loads(body)
        kept = canonical.dumps(value)
    except RecursionError:
        raise Unreadable(issue("GATE-003")) from None
    except (ValueError, ArithmeticError):  # DecodeError and UnicodeDecodeError are ValueErrors; a decimal exponent can overflow
        raise Unreadable(issue("GATE-002")) from None
    if _deeper_than(value, max_depth):
        raise Unreadable(issue("GATE-003"))
    # The decoder keeps the last of two equal keys without a word. Writing the value again gives the same number of JSON strings
    # (keys and texts) unless a key was dropped: that costs a third of a parse, where a hook on every object costs three.
    if _strings(body) != _strings(kept):
        raise Unreadable(issue("GATE-004"))
    return value


def read_resource(body: bytes, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Resource:
    """As read_json, for one FHIR resource. Also raises Unreadable GATE-005 when it is not an object with a text resourceType."""
    value = read_json(body, max_bytes, max_depth)
    if not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        raise Unreadable(issue("GATE-005"))
    return value


def _strings(text: bytes) -> int:
    """Twice the number of strings in a valid JSON text: its quotation marks that no backslash escapes."""
    quotes = text.count(b'"')
    escapes = text.count(b"\\")
    if not escapes:
        return quotes
    if escapes * 40 > len(text):  # too many to take apart one by one
        return text.replace(b"\\\\", b"").replace(b'\\"', b"").count(b'"')
    pieces = iter(text.split(b"\\"))
    next(pieces)
    for piece in pieces:
        if piece.startswith(b'"'):
            quotes -= 1
        elif not piece:  # an escaped backslash: what follows it is not escaped
            next(pieces, b"")
    return quotes


def _deeper_than(value: Any, limit: int) -> bool:
    """True when arrays and objects are nested more than `limit` deep; level by level, so depth costs no stack."""
    level = [value] if value.__class__ is dict or value.__class__ is list else []
    for _ in range(limit):
        level = [
            part
            for holder in level
            for part in (holder.values() if holder.__class__ is dict else holder)
            if part.__class__ is dict or part.__class__ is list
        ]
        if not level:
            return False
    return bool(level)
