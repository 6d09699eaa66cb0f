"""An adapter that remembers from message to message: what a message comes to with nothing remembered, and after others, and after the hub."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from carehub.feeds.adapter import Adapter
from carehub.feeds.formats.tables import Columns
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import stable
from carehub.terms.errors import Rejected
from hub.toy_hub import toy_hub


@dataclass(frozen=True)
class Remembering:
    """An adapter and its own modules by name ("draft", "itk3.document")."""

    adapter: Adapter
    modules: Mapping[str, ModuleType]

    def memories(self) -> dict[str, Any]:
        """Everything the adapter remembers, by module and name: "person.told"."""
        found = {}
        for name, module in self.modules.items():
            for what, held in vars(module).items():
                if isinstance(held, Columns):
                    found[f"{name}.{what}"] = held._plan
                elif hasattr(held, "cache_info") and held.__module__ == module.__name__:
                    found[f"{name}.{what}"] = held
        return found

    def forget(self) -> None:
        for memory in self.memories().values():
            memory.cache_clear()

    def hits(self) -> dict[str, int]:
        """How often each memory was asked again for what it held."""
        return {name: memory.cache_info().hits for name, memory in self.memories().items()}

    def words(self, message: Message) -> bytes:
        """All that mapping says, or why it refuses."""
        try:
            return stable(self.adapter.map_message(message))
        except Rejected as refused:
            return stable([str(refused), refused.issues])

    def alone(self, messages: Sequence[Message]) -> list[bytes]:
        """The words of each message, mapped with nothing remembered; nothing is remembered in the end."""
        words = []
        for message in messages:
            self.forget()
            words.append(self.words(message))
        self.forget()
        return words

    def astray(self, messages: Sequence[Message], seed: int) -> list[int]:
        """Numbers of the messages that come to something else than alone, when all are mapped twice in an order by chance."""
        expected = list(enumerate(self.alone(messages))) * 2
        random.Random(seed).shuffle(expected)
        return [number for number, words in expected if self.words(messages[number]) != words]

    def at_work(self, messages: Sequence[Message]) -> list[tuple[Mapped, bytes]]:
        """What a hub was given of these messages, with its words at that moment; mapped again when the hub then rebuilt."""
        given: list[tuple[Mapped, bytes]] = []

        def listening(message: Message) -> Mapped:
            mapped = self.adapter.map_message(message)
            given.append((mapped, stable(mapped)))
            return mapped

        hub = toy_hub(replace(self.adapter, map_message=listening))
        for message in messages:
            hub.receive([Submission(message.feed, message.body, "2026-11-25T08:00:00.000Z", "test")])
        assert hub.drain().bugs == ()
        first = len(given)
        hub.rebuild()
        assert len(given) == 2 * first
        return given


def remembering(adapter: Adapter) -> Remembering:
    """An adapter that was just loaded: whoever loads it again replaces what importlib would find."""
    package = adapter.map_message.__module__.rpartition(".")[0] + "."
    modules = {name.removeprefix(package): held for name, held in sys.modules.items() if name.startswith(package)}
    return Remembering(adapter, modules)
