"""The segments of one report in their groups: parties, report, patient, request, specimens, and investigations with their ranges.

Source: NHS EDIFACT MEDRPT NHS003 (groups S01, S02, S06, S07, S10, S16, S20) and NHSRSR NHS002 (S02, S05, S10, S11). An investigation starts
with INV, a party with NAD, whatever group they stand in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from carehub.feeds.formats.edifact import EdifactMessage, Segment

_ROOT = "S00"
# Free text of a reference range: whom it is for, or a range that is no two numbers.
RANGE_TEXTS = frozenset(("RPD", "CRR"))


@dataclass(slots=True)
class Group:
    """name: "S02", or "NAD" of a party, or "INV". segments: what stands in it, with the NAD or INV that starts it. ranges: of an INV, its S20."""

    name: str
    segments: list[Segment] = field(default_factory=list)
    ranges: list[Group] = field(default_factory=list)

    def all(self, name: str, qualifier: str = "") -> list[Segment]:
        """Its segments of a name, and with that qualifier in their first element."""
        return [one for one in self.segments if one.name == name and (not qualifier or one.text(1) == qualifier)]

    def first(self, name: str, qualifier: str = "") -> Segment | None:
        """The first of `all`."""
        return next(iter(self.all(name, qualifier)), None)

    def reference(self, qualifier: str) -> str:
        """What RFF says under that qualifier."""
        found = self.first("RFF", qualifier)
        return found.text(1, 2) if found else ""

    @property
    def place(self) -> str:
        return self.segments[0].place if self.segments else self.name


class Report:
    """One message's groups."""

    def __init__(self, message: EdifactMessage) -> None:
        self.message = message
        self.groups: list[Group] = []
        current = self._start(_ROOT)
        for segment in message.segments:
            name = segment.name
            if name == "NAD":
                current = self._start("NAD", segment)
            elif name == "INV":
                current = self._start("INV", segment)
            elif name == "S20" and (last := self._investigation()):
                current = Group("S20")
                last.ranges.append(current)
            elif name == "S11" and (last := self._investigation()):
                current = last
            elif name[0] == "S" and name[1:].isdigit():
                current = self._start(name)
            else:
                if name == "FTX" and current.name == "S20" and segment.text(1) not in RANGE_TEXTS and (last := self._investigation()):
                    last.segments.append(segment)
                    continue
                current.segments.append(segment)

    def _start(self, name: str, *segments: Segment) -> Group:
        group = Group(name, list(segments))
        self.groups.append(group)
        return group

    def _investigation(self) -> Group | None:
        return self.groups[-1] if self.groups[-1].name == "INV" else None

    def named(self, name: str) -> list[Group]:
        """Every group of that name, in order."""
        return [group for group in self.groups if group.name == name]

    def one(self, name: str) -> Group:
        """The first group of that name; an empty one where there is none."""
        return next((group for group in self.groups if group.name == name), Group(name))

    def every(self, name: str, qualifier: str, *groups: str) -> Iterator[Segment]:
        """Segments of that name and qualifier in any of the named groups."""
        for group in self.groups:
            if group.name in groups:
                yield from group.all(name, qualifier)
