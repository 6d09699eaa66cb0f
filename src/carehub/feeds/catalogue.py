"""The set of loaded adapters: which one owns a feed. A feed's full name is "adapter/feed"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from carehub.feeds.adapter import Adapter
from carehub.feeds.manifest import Feed
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue

_BEGINNINGS = (
    (b"{", "json"),
    (b"[", "json"),
    (b"<", "xml"),
    (b"UNA", "edifact"),
    (b"UNB", "edifact"),
    (b"MSH", "hl7-v2"),
    (b"FHS", "hl7-v2"),
    (b"BHS", "hl7-v2"),
    (b"\x0b", "hl7-v2"),
)


# So many first bytes of a file tell its feed. A FHIR document in XML is told from other XML by the name space of its first element
# (FHIR R4, XML representation), before which comments may stand.
HEAD = 2048
_FHIR_XML = re.compile(rb"""xmlns\s*=\s*["']http://hl7\.org/fhir["']""")


def _kinds(head: bytes) -> tuple[str, ...]:
    """What a file may be, the narrowest first, in words that a content type holds."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    kind = next((kind for beginning, kind in _BEGINNINGS if text.startswith(beginning)), "csv")
    return ("fhir+xml", kind) if kind == "xml" and _FHIR_XML.search(text) else (kind,)


class Catalogue:
    """Adapters by feed name. Built once at start; two adapters of one name are refused.

    own: adapters of feeds in which the hub speaks to itself. No door takes messages for them and no list shows them.
    """

    def __init__(self, adapters: Iterable[Adapter], own: Iterable[Adapter] = ()) -> None:
        self.adapters: dict[str, Adapter] = {}
        self.own: dict[str, Adapter] = {}
        for adapter in own:
            # Of two, one would be handed the other's messages: no ruling of a steward would take effect (hazard H-01).
            if adapter.manifest.name in self.own:
                raise ValueError(f"two of the hub's own adapters are called {adapter.manifest.name!r}")
            self.own[adapter.manifest.name] = adapter
        for adapter in adapters:
            if adapter.manifest.name in self.adapters or adapter.manifest.name in self.own:
                raise ValueError(f"two adapters are called {adapter.manifest.name!r}")
            self.adapters[adapter.manifest.name] = adapter

    def full_name(self, name: str) -> str:
        """The full name, "gp" to "gp/structured-record", when the adapter has one feed; a full name stays. Raises Missing for an unknown feed."""
        adapter_name, _, feed_name = name.partition("/")
        adapter = self.adapters.get(adapter_name)
        if adapter is None:
            raise Missing(issue("FEED-001"))
        known = [feed.name for feed in adapter.manifest.feeds]
        feed_name = feed_name or known[0]
        if feed_name not in known:
            raise Missing(issue("FEED-001"))
        return f"{adapter_name}/{feed_name}"

    def feed_of(self, name: str, head: bytes) -> str:
        """The feed a file belongs to when only its adapter is named: the first one whose content type fits best how the file begins.

        head: the first HEAD bytes of the file. A full name stays. Raises Missing for an unknown feed.
        """
        if "/" in name:
            return self.full_name(name)
        first = self.full_name(name)
        feeds = self.adapters[name].manifest.feeds
        return next((f"{name}/{feed.name}" for kind in _kinds(head) for feed in feeds if kind in feed.content_type), first)

    def feeds_of(self, name: str) -> list[str]:
        """Full names: all feeds of an adapter, or the one feed that is named in full. Raises Missing for an unknown one."""
        full = self.full_name(name)
        return [full] if "/" in name else [f"{name}/{feed.name}" for feed in self.adapters[name].manifest.feeds]

    def with_own(self, *own: Adapter) -> Catalogue:
        """The same with these as the hub's own feeds."""
        return Catalogue(self.adapters.values(), own)

    def every(self) -> Iterator[Adapter]:
        """Every adapter, the hub's own last."""
        yield from self.adapters.values()
        yield from self.own.values()

    def adapter(self, full_name: str) -> Adapter:
        """The adapter that owns a feed, also one of the hub's own. Raises Missing."""
        name = full_name.partition("/")[0]
        adapter = self.adapters.get(name) or self.own.get(name)
        if adapter is None:
            raise Missing(issue("FEED-001"))
        return adapter

    def feed(self, full_name: str) -> Feed:
        """What the manifest declares about a feed, also one of the hub's own. Raises Missing."""
        try:
            return self.adapter(full_name).feed(full_name.partition("/")[2])
        except KeyError:
            raise Missing(issue("FEED-001")) from None

    def feeds(self) -> list[str]:
        """The full name of every feed that a door takes messages for, sorted."""
        return sorted(f"{a.manifest.name}/{f.name}" for a in self.adapters.values() for f in a.manifest.feeds)
