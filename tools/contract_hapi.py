"""Run tests/contracts/fhir against carehub and against a real HAPI FHIR R4 server, print how they compare, and have HAPI judge what the
demonstration serves: `make contract-hapi`."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from hapi import BUILT, ROOT, absent, hapi
from validate_hapi import judged


def outcomes(base: str, name: str) -> dict[str, str]:
    """The outcome of each contract test, at a server or (base "") at carehub: "pass", "FAIL", or why it was not run or may differ."""
    report = BUILT / f"{name}.xml"
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "tests/contracts/fhir", f"--junitxml={report}"]
    subprocess.run(suite, cwd=ROOT, env={**os.environ, "CAREHUB_FHIR_BASE": base}, check=False)  # noqa: S603
    told = {}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314
        skipped = case.find("skipped")
        failed = case.find("failure") is not None or case.find("error") is not None
        told[case.get("name", "")] = "FAIL" if failed else "pass" if skipped is None else skipped.get("message", "")
    return told


def main() -> int:
    """Print the table; 0 when every test passes on both, or its difference is named, and HAPI finds no error, or when this machine cannot run HAPI."""
    if why := absent():
        print(f"not run here: {why}")
        return 0
    BUILT.mkdir(exist_ok=True)
    ours = outcomes("", "carehub")
    with hapi() as base:
        theirs = outcomes(base, "hapi")
        errors = judged(base)
    apart = [name for name in ours if not ours[name] == theirs.get(name) == "pass"]
    print(f"\n{'contract test':<86} carehub  HAPI")
    for name in apart:
        print(f"{name:<86} {ours[name]:<8} {theirs.get(name, 'absent')}")
    print(f"{len(ours) - len(apart)} of {len(ours)} tests pass on both servers; {len(apart)} are listed above")
    bad = [name for name in apart if ours[name] != "pass" or theirs.get(name, "FAIL") == "FAIL"]
    return 1 if bad or errors or not ours else 0


if __name__ == "__main__":
    sys.exit(main())
