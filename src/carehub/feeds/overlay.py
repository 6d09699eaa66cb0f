"""The site overlay: what one site changes about feeds without touching an adapter. Pure functions over Mapped, Feed and Catalogue.

Per feed, and within it per organisation: local codes through concept maps, identifier domains, names of senders, cadence, and the dates between
which the feed is on. It never changes who a record belongs to, which record is told, or what an NHS number is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from carehub.feeds.adapter import Adapter
from carehub.feeds.catalogue import Catalogue
from carehub.feeds.concept_maps import ConceptMap, translated
from carehub.feeds.manifest import Feed
from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message
from carehub.fhir.resource import Resource
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import london_date


@dataclass(frozen=True, slots=True)
class FeedRule:
    """What the site says of one feed, or of one organisation on it. "" and None mean: as the manifest, or as the rule for the whole feed, says.

    feed: full name. organisation: the source's code, "" for all. active_from, active_to: days in London, both included. maps: concept maps
    to apply. identifier_domains: identifier system as the adapter writes it, to the site's own name for it.
    """

    feed: str
    organisation: str = ""
    expected_every: str = ""
    stale_after: str = ""
    active_from: str = ""
    active_to: str = ""
    maps: tuple[ConceptMap, ...] = ()
    identifier_domains: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overlay:
    """One site's overlay. version: as the file says; "" for none. senders: organisation code to the name the record shows."""

    version: str = ""
    senders: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[FeedRule, ...] = ()

    def rule(self, feed: str, organisation: str = "") -> FeedRule:
        """What holds for an organisation on a feed: its own rule laid over the feed's."""
        found = FeedRule(feed, organisation)
        for rule in sorted(
            (r for r in self.rules if r.feed == feed and r.organisation in ("", organisation)), key=lambda r: r.organisation
        ):
            found = FeedRule(
                feed,
                organisation,
                rule.expected_every or found.expected_every,
                rule.stale_after or found.stale_after,
                rule.active_from or found.active_from,
                rule.active_to or found.active_to,
                (*rule.maps, *found.maps),
                {**found.identifier_domains, **rule.identifier_domains},
            )
        return found

    def cadence(self, feed: str, declared: Feed, organisation: str = "") -> Feed:
        """What the manifest declares of a feed, with this site's cadence for an organisation."""
        rule = self.rule(feed, organisation)
        changes = {name: said for name in ("expected_every", "stale_after") if (said := getattr(rule, name))}
        return declared.model_copy(update=changes) if changes else declared

    def is_on(self, feed: str, organisation: str, at: str) -> bool:
        """Whether an organisation's feed is switched on at an instant."""
        rule, day = self.rule(feed, organisation), london_date(at)
        return (not rule.active_from or rule.active_from <= day) and (not rule.active_to or day <= rule.active_to)

    def apply(self, mapped: Mapped, feed: str, at: str) -> Mapped:
        """One mapped message as this site has it. at: when it came. Raises Rejected FEED-010 when the feed is switched off at that moment."""
        rule = self.rule(feed, mapped.source.code)
        if not self.is_on(feed, mapped.source.code, at):
            raise Rejected(issue("FEED-010"))
        if self.senders:
            before, name = mapped.source, self.senders.get(mapped.source.code, "")
            names = {**self.senders, before.title: name} if name else self.senders
            records = tuple(_renamed(record, names) for record in mapped.records)
            mapped = replace(mapped, source=replace(before, name=name or before.name), records=records)
        if rule.maps or rule.identifier_domains:
            mapped = replace(mapped, records=tuple(_with(record, rule) for record in mapped.records))
        return mapped

    def over(self, catalogue: Catalogue) -> Catalogue:
        """The adapters as this site has them: the hub maps and judges freshness with these and knows nothing of overlays."""
        return Catalogue(self._adapter(adapter) for adapter in catalogue.adapters.values()) if self.version else catalogue

    def _adapter(self, adapter: Adapter) -> Adapter:
        name = adapter.manifest.name
        feeds = tuple(self.cadence(f"{name}/{feed.name}", feed) for feed in adapter.manifest.feeds)

        def map_message(message: Message) -> Mapped:
            return self.apply(adapter.map_message(message), message.feed, message.received_at)

        return replace(adapter, manifest=adapter.manifest.model_copy(update={"feeds": feeds}), map_message=map_message)


NONE = Overlay()


def differences(old: Overlay, new: Overlay) -> list[str]:
    """What changes from one overlay to another, a line each, sorted by place; [] when nothing does but the version."""
    before, after = dict(_said(old)), dict(_said(new))
    return [
        f"{place}: {before.get(place, 'not set')} → {after.get(place, 'not set')}"
        for place in sorted({*before, *after})
        if before.get(place) != after.get(place)
    ]


def _said(overlay: Overlay) -> Iterable[tuple[str, str]]:
    for code, name in overlay.senders.items():
        yield f"sender {code}", name
    for rule in overlay.rules:
        at = f"feed {rule.feed}" + (f" {rule.organisation}" if rule.organisation else "")
        yield at, "set"
        for name in ("expected_every", "stale_after", "active_from", "active_to"):
            if getattr(rule, name):
                yield f"{at} {name}", getattr(rule, name)
        for system, named in rule.identifier_domains.items():
            yield f"{at} identifier domain {system}", named
        for one in rule.maps:
            yield f"{at} concept map {one.name}", f"version {one.version}"
            for code, target in one.entries.items():
                yield (
                    f"concept map {one.name} {one.source} {code}",
                    " ".join(part for part in (one.target, target.code, target.display) if part),
                )


def _with(record: MappedRecord, rule: FeedRule) -> MappedRecord:
    resource = translated(record.resource, rule.maps)
    if rule.identifier_domains:
        resource = _domains(resource, rule.identifier_domains)
    return record if resource is record.resource else replace(record, resource=resource)


def _renamed(record: MappedRecord, names: Mapping[str, str]) -> MappedRecord:
    resource = _called(record.resource, names)
    return record if resource == record.resource else replace(record, resource=resource)


def _called(value: Any, names: Mapping[str, str]) -> Any:
    """The same with the site's name on each reference that shows a sender by its code, or the sender of this message by the name it had."""
    if isinstance(value, list):
        return [_called(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    told = {key: _called(one, names) for key, one in value.items()}
    identifier = told.get("identifier")
    shown = told.get("display") or (identifier.get("value") if isinstance(identifier, dict) and "resourceType" not in told else None)
    return {**told, "display": names[shown]} if isinstance(shown, str) and shown in names and "code" not in told else told


def _domains(resource: Resource, domains: Mapping[str, str]) -> Resource:
    """The resource with its own identifiers in the site's domains. Identifiers inside references keep the source's."""
    listed: Any = resource.get("identifier")
    if not isinstance(listed, list):
        return resource
    renamed = [
        {**one, "system": domains[one["system"]]} if isinstance(one, dict) and one.get("system") in domains else one for one in listed
    ]
    return {**resource, "identifier": renamed} if renamed != listed else resource
