"""Messages that break their adapter, and the adapter that they break: the shipped one for hospitals with something dreadful at its end."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from carehub.wiring.loading import shipped_adapters
from faults.stream import Sent, messages_of

# By the first word of the address in the message.
_DREADFUL = """

import ctypes
import os
import re
import signal
import time

_sound = map_message


def _for_ever():
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            pass


_ENDS = {
    b"Exit": lambda: os._exit(3),
    b"Crash": lambda: ctypes.string_at(0),
    b"Killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"Deaf": lambda: re.match("(a+)+$", "a" * 64 + "b"),
    b"Endless": _for_ever,
    b"Wait": lambda: time.sleep(3600),
    b"Memory": lambda: bytearray(1 << 40),
    b"Leave": lambda: (_ for _ in ()).throw(SystemExit(1)),
}


def map_message(message):
    for word, end in _ENDS.items():
        if word + b" Row" in message.body:
            end()
    return _sound(message)
"""


def poisoned_adapters(folder: Path) -> Path:
    """A folder of adapters for CAREHUB_ADAPTERS: the shipped ones, and the hospitals' reads everything but what `poisoned` makes."""
    copy = folder / "poisoned" / "acute"
    shutil.copytree(shipped_adapters() / "acute", copy, ignore=shutil.ignore_patterns("cases", "__pycache__"))
    with (copy / "adapter.py").open("a") as code:
        code.write(_DREADFUL)
    for other in shipped_adapters().iterdir():
        if other.is_dir() and other.name != copy.name:
            (copy.parent / other.name).symlink_to(other)
    return copy.parent


def poisoned(word: str, n: int) -> Sent:
    """A message of person n that adds them, and ends its adapter in the way the word says."""
    sound: Sequence[Sent] = messages_of(n)
    return Sent(f"{word}-{n}", sound[0].body.replace(b"Heron Row", word.encode() + b" Row"))
