"""Somebody else's validator (HAPI's instance validator) as a program of its own, and the published definitions that it may know."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
UK_CORE = ROOT / ".." / "shared" / "data" / "ukcore"
IPS = ROOT / ".profile-check" / "ips"
_TOOL = ROOT / "tools" / "profile-check" / "ProfileCheck.java"

# Not held against us: the profile slices code by two value sets of SNOMED CT, which cannot be expanded without a licence, so any code matches both.
TWO_SLICES = r"UKCore-Observation-Lab.*Element matches more than one slice"


class Finding(NamedTuple):
    """An error or warning. number: of the resource, from 0; place: a FHIRPath."""

    number: int
    severity: str
    place: str
    words: str

    @property
    def wrong(self) -> bool:
        """Whether it is worse than a warning."""
        return self.severity != "warning"


def judge(resources: Iterable[bytes], *folders: Path) -> Iterator[Finding]:
    """What the validator says of JSON resources against the profiles they claim, of those defined in the folders."""
    lines = list(resources)
    run = subprocess.run(
        ["java", "-cp", f"{ROOT / '.profile-check'}/*", str(_TOOL), *map(str, folders)],
        input=b"\n".join(lines) + b"\n",
        capture_output=True,
        check=True,
    )
    found = run.stdout.decode().splitlines()
    assert found[-1] == f"done\t{len(lines)}"
    for line in found[:-1]:
        number, severity, place, words = line.split("\t", 3)
        yield Finding(int(number), severity, place, words)
