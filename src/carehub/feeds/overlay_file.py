"""The text of an overlay file (TOML) to an Overlay, or a plain complaint that names the file and the key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.concept_maps import ConceptMap, Target
from carehub.feeds.overlay import FeedRule, Overlay
from carehub.terms import nhs_number
from carehub.terms.errors import Missing
from carehub.terms.moments import duration

_TOP = {"version", "sender", "feed", "concept_map"}
_SENDER = {"code", "name"}
_FEED = {"feed", "organisation", "expected_every", "stale_after", "active_from", "active_to", "concept_maps", "identifier_domains"}
_MAP = {"name", "version", "source", "target", "code"}
_CODE = {"from", "to", "display", "reviewer"}


class BadOverlay(ValueError):
    """An overlay that cannot be used. The message names the file and each wrong key."""


def read_overlay(text: str, *, where: str, catalogue: Catalogue | None = None) -> Overlay:
    """Parse and check an overlay. where: its path, for the complaint. catalogue: the adapters whose feeds it may name; None checks none.

    Raises BadOverlay with every complaint at once.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadOverlay(f"{where}: {error}") from error
    reader = _Reader()
    overlay = reader.overlay(told)
    if catalogue is not None:
        reader.wrong.extend(_unknown_feeds(overlay, catalogue))
    if reader.wrong:
        raise BadOverlay(f"{where}: {'; '.join(reader.wrong)}")
    return overlay


def _unknown_feeds(overlay: Overlay, catalogue: Catalogue) -> Iterator[str]:
    for n, rule in enumerate(overlay.rules):
        try:
            catalogue.feed(rule.feed)
        except Missing:
            yield f"feed[{n}].feed: there is no feed {rule.feed!r}"


class _Reader:
    """One file in hand, and what is wrong with it so far."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def overlay(self, told: dict[str, Any]) -> Overlay:
        self._keys(told, _TOP, "")
        version = self._text(told, "version", "", needed=True)
        senders: dict[str, str] = {}
        for at, one in self._tables(told, "sender", _SENDER):
            code = self._text(one, "code", at, needed=True)
            if code in senders:
                self.wrong.append(f"{at}code: {code!r} is named twice")
            senders[code] = self._text(one, "name", at, needed=True)
        maps: dict[str, ConceptMap] = {}
        for at, one in self._tables(told, "concept_map", _MAP):
            read = self._map(one, at)
            if read.name in maps:
                self.wrong.append(f"{at}name: there are two concept maps {read.name!r}")
            maps[read.name] = read
        rules: dict[tuple[str, str], FeedRule] = {}
        for at, one in self._tables(told, "feed", _FEED):
            rule = self._rule(one, at, maps)
            if (rule.feed, rule.organisation) in rules:
                self.wrong.append(f"{at}feed: {rule.feed!r} has two rules for organisation {rule.organisation!r}")
            rules[rule.feed, rule.organisation] = rule
        return Overlay(version, senders, tuple(rules.values()))

    def _rule(self, one: dict[str, Any], at: str, maps: Mapping[str, ConceptMap]) -> FeedRule:
        begins, ends = self._day(one, "active_from", at), self._day(one, "active_to", at)
        if begins and ends and ends < begins:
            self.wrong.append(f"{at}active_to: is before active_from")
        names = one.get("concept_maps", [])
        if not isinstance(names, list):
            self.wrong.append(f"{at}concept_maps: is a list of names")
            names = []
        self.wrong.extend(f"{at}concept_maps: there is no concept map {name!r}" for name in names if name not in maps)
        return FeedRule(
            feed=self._text(one, "feed", at, needed=True),
            organisation=self._text(one, "organisation", at),
            expected_every=self._span(one, "expected_every", at),
            stale_after=self._span(one, "stale_after", at),
            active_from=begins,
            active_to=ends,
            maps=tuple(maps[name] for name in names if name in maps),
            identifier_domains=self._domains(one, at),
        )

    def _map(self, one: dict[str, Any], at: str) -> ConceptMap:
        name, version, source, target = (self._text(one, key, at, needed=True) for key in ("name", "version", "source", "target"))
        if source and source == target:
            self.wrong.append(f"{at}target: is the source")
        entries: dict[str, Target] = {}
        for below, row in self._tables(one, "code", _CODE, at):
            code, to = self._text(row, "from", below, needed=True), self._text(row, "to", below, needed=True)
            if code in entries:
                self.wrong.append(f"{below}from: {code!r} is mapped twice")
            entries[code] = Target(to, self._text(row, "display", below), self._text(row, "reviewer", below, needed=True))
        return ConceptMap(name, version, source, target, entries)

    def _domains(self, one: dict[str, Any], at: str) -> dict[str, str]:
        told = one.get("identifier_domains", {})
        if not isinstance(told, dict) or not all(isinstance(value, str) and value for value in told.values()):
            self.wrong.append(f"{at}identifier_domains: is a table of domain to domain")
            return {}
        if nhs_number.SYSTEM in {*told, *told.values()}:
            # A local number called an NHS number would join two people; an NHS number called local would part one.
            self.wrong.append(f"{at}identifier_domains: the NHS number's domain is not a site's to change")
        return dict(told)

    def _tables(self, told: dict[str, Any], name: str, keys: set[str], at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
        listed = told.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            self.wrong.append(f"{at}{name}: is written [[{name}]]")
            return
        for n, one in enumerate(listed):
            self._keys(one, keys, f"{at}{name}[{n}].")
            yield f"{at}{name}[{n}].", one

    def _keys(self, told: dict[str, Any], known: set[str], at: str) -> None:
        self.wrong.extend(f"{at}{name}: unknown key" for name in told if name not in known)

    def _text(self, told: dict[str, Any], name: str, at: str, *, needed: bool = False) -> str:
        value = told.get(name, "")
        if not isinstance(value, str) or (needed and not value.strip()):
            self.wrong.append(f"{at}{name}: {'is missing' if name not in told else 'is not a text'}")
            return ""
        return value.strip()

    def _span(self, told: dict[str, Any], name: str, at: str) -> str:
        said = self._text(told, name, at)
        if said:
            try:
                duration(said)
            except ValueError as error:
                self.wrong.append(f"{at}{name}: {error}")
        return said

    def _day(self, told: dict[str, Any], name: str, at: str) -> str:
        value = told.get(name)
        if value is None:
            return ""
        if not isinstance(value, date) or isinstance(value, datetime):
            self.wrong.append(f"{at}{name}: is a day, written 2026-04-01 without quotation marks")
            return ""
        return value.isoformat()
