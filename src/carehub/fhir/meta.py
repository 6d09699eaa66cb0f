"""meta as the hub serves it: version, time and source are written into the JSON once, when a record is stored."""

from __future__ import annotations

from typing import Any, NamedTuple

from carehub.fhir.canonical import dumps, loads, stable
from carehub.fhir.resource import Resource

_OURS = ("versionId", "lastUpdated", "source")
_NAMES_OF_OURS = tuple(dumps(name) for name in _OURS)


class Written(NamedTuple):
    """A resource as JSON without spaces, elements sorted by name, in pieces: what a source told and what is served differ in meta alone, so
    that a store can keep one text and little of the other. Equal resources give equal bytes. An element order of the sender's is not kept.

    start: the members resourceType and id; meta: the object meta as it was given, b"" for none; rest: all other members.
    """

    start: bytes
    meta: bytes
    rest: bytes

    @property
    def told(self) -> bytes:
        """The resource with nothing added."""
        return b"{%b}" % b",".join([part for part in (self.start, self.meta and b'"meta":' + self.meta, self.rest) if part])

    def served(self, *, version: int, last_updated: str, source: str) -> bytes:
        """The exact JSON to store and serve: resourceType, id, meta, then the other elements.

        version: 1, 2, …; last_updated: ISO 8601 instant in UTC, or "" to leave it out; source: a URI. profile, security and tag of the
        resource stay.
        """
        at = b',"lastUpdated":' + dumps(last_updated) if last_updated else b""
        added = b'"versionId":"%d"%b,"source":%b' % (version, at, dumps(source))
        own = self.meta
        if any(name in own for name in _NAMES_OF_OURS):
            own = stable({name: value for name, value in loads(own).items() if name not in _OURS})
        meta = b'"meta":{%b%b' % (added, b"," + own[1:] if len(own) > 2 else b"}")
        return b"{%b}" % b",".join([part for part in (self.start, meta, self.rest) if part])


def written(resource: Resource) -> Written:
    """A resource in pieces. The resource is not changed, and may be anything a dictionary can hold."""
    rest = dict(resource)
    start = [b'"%b":%b' % (name.encode(), stable(rest.pop(name))) for name in ("resourceType", "id") if name in rest]
    meta = stable(rest.pop("meta")) if "meta" in rest else b""
    return Written(b",".join(start), meta, stable(rest)[1:-1])


def without_meta(body: bytes) -> Resource:
    """The resource as it was written. body: JSON that `Written.served` made."""
    resource: Resource = loads(body)
    meta: dict[str, Any] = {name: value for name, value in resource.pop("meta", {}).items() if name not in _OURS}
    if meta:
        resource["meta"] = meta
    return resource
