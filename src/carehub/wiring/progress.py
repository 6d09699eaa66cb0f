"""Progress on a terminal, nothing when the output is for a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def advancing(words: str, total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A function to call with each number of messages done. Drawn on standard error, so that standard output stays clean."""
    if quiet:
        yield lambda done: None
        return
    columns = (TextColumn(words), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done: progress.advance(task, done)
