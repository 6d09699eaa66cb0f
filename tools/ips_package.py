"""Fetch the published definitions of the International Patient Summary: `python tools/ips_package.py`. Needs npm; part of `make profile-check`.

Two packages of the npm registry at pinned versions, each checked against the hash below: the guide itself, and the pack of extensions, of which only
the definitions that the guide names are kept. They lie in an ignored folder and are copied nowhere else.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha512
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
IPS = ROOT / ".profile-check" / "ips"
# What package-lock.json would say of them.
GUIDE = ("hl7.fhir.uv.ips@2.0.0", "sha512-4PWToJ9b1FgXsm9DIvHiU6HO9Z5m75jxk0e0MXOmhFlf2m2slk/d6RoiSYIChKJlvmtJ7GbRftt7PphlwmZcbQ==")
EXTENSIONS = (
    "hl7.fhir.uv.extensions.r4@5.3.0-ballot-tc1",
    "sha512-mhPmWj0dZvIC7JQLkqxT42/UpoIyYwFtSiIZbhX/ArfX96hR5oTqNvAUvMD+dMH45m4mGMQ19WyCZFpP1OLEbQ==",
)

_DEFINITION = re.compile(r"package/((?:StructureDefinition|ValueSet|CodeSystem)-[A-Za-z0-9._-]+\.json)")
_NAMED = re.compile(rb'"http://hl7\.org/fhir/StructureDefinition/([A-Za-z0-9-]+)\|')


def checked(file: Path, expected: str) -> Path:
    """The same file. Raises ValueError when it is not the one of this hash."""
    if "sha512-" + b64encode(sha512(file.read_bytes()).digest()).decode() != expected:
        raise ValueError(f"{file.name} is not the package this release was tested with, so it was not unpacked.")
    return file


def definitions(file: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each StructureDefinition, ValueSet and CodeSystem of a package; never of its examples."""
    with tarfile.open(file) as package:
        for member in package:
            match, content = _DEFINITION.fullmatch(member.name), package.extractfile(member) if member.isfile() else None
            if match and content:
                yield match[1], content.read()


def unpack(guide: Path, extensions: Path, place: Path) -> int:
    """Put the guide's definitions, and those of the extensions that it names, into a folder of their own; how many."""
    kept = dict(definitions(guide))
    named = {f"StructureDefinition-{name.decode()}.json" for content in kept.values() for name in _NAMED.findall(content)}
    kept.update((name, content) for name, content in definitions(extensions) if name in named)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name, content in kept.items():
        json.loads(content)
        (place / name).write_bytes(content)
    return len(kept)


def _fetched(npm: str, package: tuple[str, str], folder: str) -> Path:
    name, expected = package
    told = subprocess.run(  # noqa: S603 (a fixed command)
        [npm, "pack", name, "--pack-destination", folder, "--ignore-scripts", "--silent"], capture_output=True, text=True, check=False
    )
    if told.returncode:
        raise ValueError(f"npm could not fetch {name}.")
    return checked(Path(folder) / told.stdout.split()[-1], expected)


def main() -> int:
    """0 when the definitions are in place; 1 with a plain sentence otherwise."""
    npm = shutil.which("npm")
    try:
        if npm is None:
            raise ValueError("npm was not found.")
        with TemporaryDirectory(prefix="carehub-ips-") as folder:
            count = unpack(_fetched(npm, GUIDE, folder), _fetched(npm, EXTENSIONS, folder), IPS)
    except ValueError as wrong:
        print(f"{wrong} Summaries are not judged by the International Patient Summary without it.", file=sys.stderr)
        return 1
    print(f"{GUIDE[0]}: {count} definitions in {IPS.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
