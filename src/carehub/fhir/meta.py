"""meta as the hub serves it: version, time and source are written into the JSON once, when a record is stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carehub.fhir.canonical import dumps, loads, stable
from carehub.fhir.resource import Resource

_OURS = ("versionId", "lastUpdated", "source")
# Tags of this kind of system are the hub's own; any other tag is the source's.
_TAG_SYSTEM = "urn:carehub:"


def with_meta(resource: Resource, *, version: int, last_updated: str, source: str, tags: Iterable[Resource] = ()) -> bytes:
    """The exact JSON to store and serve: resourceType, id, meta, then the other elements sorted by name, so equal states give equal bytes.

    version: 1, 2, …; last_updated: ISO 8601 instant in UTC, or "" to leave it out; source: a URI. tags: Codings with a system that starts
    "urn:carehub:", put after the source's own. profile, security and tag of the resource stay. The resource is not changed.
    """
    head, rest = _first_things_first(resource)
    before = head.pop("meta", None)
    meta: dict[str, Any] = {"versionId": str(version)}
    if last_updated:
        meta["lastUpdated"] = last_updated
    meta["source"] = source
    for name, value in sorted((before or {}).items()):
        if name not in _OURS:
            meta[name] = value
    own = list(tags)
    if own:
        meta["tag"] = [*meta.get("tag", ()), *own]
    head["meta"] = meta
    start = dumps(head)
    return start[:-1] + b"," + stable(rest)[1:] if rest else start


def without_additions(resource: Resource) -> bytes:
    """The resource as JSON in the order of with_meta and with nothing added: equal resources give equal bytes, and the two texts agree in all
    but meta, so that a store can keep one of them and little of the other. An element order of the sender's own is not kept.
    """
    head, rest = _first_things_first(resource)
    parts = [b'"%b":%b' % (name.encode(), stable(value)) for name, value in head.items()]
    if rest:
        parts.append(stable(rest)[1:-1])
    return b"{" + b",".join(parts) + b"}"


def _first_things_first(resource: Resource) -> tuple[Resource, Resource]:
    """resourceType, id and meta, as far as they are there; and everything else."""
    rest = dict(resource)
    return {name: rest.pop(name) for name in ("resourceType", "id", "meta") if name in rest}, rest


def without_meta(body: bytes) -> Resource:
    """The resource as it was given to with_meta. body: JSON that with_meta wrote."""
    resource: Resource = loads(body)
    meta = {name: value for name, value in resource.pop("meta", {}).items() if name not in _OURS}
    tags = [tag for tag in meta.pop("tag", ()) if not str(tag.get("system", "")).startswith(_TAG_SYSTEM)]
    if tags:
        meta["tag"] = tags
    if meta:
        resource["meta"] = meta
    return resource
