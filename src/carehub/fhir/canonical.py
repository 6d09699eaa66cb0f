"""JSON without loss: decimals keep their digits, and a stable form gives a content hash. The only import of msgspec."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
_readers: dict[Any, Any] = {}
_stable = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def loads(text: bytes | str) -> Any:
    """JSON to Python with decimals as Decimal. For text the hub wrote itself; bytes from outside go through fhir.gate.

    Raises ValueError for text that is not JSON.
    """
    return _decoder.decode(text)


def dumps(value: Any) -> bytes:
    """Compact JSON in the order given. 1.50 stays 1.50. Dataclasses are written as objects."""
    return _encoder.encode(value)


def stable(value: Any) -> bytes:
    """Compact JSON with sorted keys: equal values give equal bytes."""
    return _stable.encode(value)


def pretty(value: Any) -> str:
    """JSON to be read by people, two spaces a level, in the order given and as lossless as `dumps`; ends with a new line."""
    return msgspec.json.format(dumps(value), indent=2).decode() + "\n"


def content_hash(value: Any) -> str:
    """32 hex digits (BLAKE2b, 128 bits) over the stable form of a value, or over bytes as they are."""
    raw = value if isinstance(value, bytes) else stable(value)
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def restore(text: bytes | str, kind: type[T]) -> T:
    """Frozen dataclasses back from JSON that `dumps` wrote. Raises ValueError when it does not fit."""
    reader = _readers.get(kind) or known(kind)
    found: T = reader.decode(text)
    return found


def known(kind: Any) -> Any:
    """A reader of a class, kept. For a module to call once for each class that its threads read back: msgspec looks at a class, and those it is made
    of, when it is first asked for, and a second thread that asks meanwhile is given what is half made, which ends the process."""
    _readers[kind] = msgspec.json.Decoder(kind)
    return _readers[kind]
