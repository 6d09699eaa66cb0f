"""Run tests/contracts/fhir against carehub and against a real HAPI FHIR R4 server, and print how they compare: `make contract-hapi`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
POM = ROOT / "tests" / "contracts" / "fhir" / "hapi" / "pom.xml"
BUILT = ROOT / ".contract-hapi"
PORT = 18080
_PATIENCE = 600.0


@contextmanager
def hapi() -> Iterator[str]:
    """The base address of a HAPI server that lives as long as the block. Raises RuntimeError when it does not start."""
    build = ["mvn", "-q", "-B", "-f", str(POM), "compile", "dependency:copy-dependencies", f"-DoutputDirectory={BUILT}/lib"]
    subprocess.run([*build, f"-DbuildDirectory={BUILT}"], check=True)  # noqa: S603
    classes = f"{BUILT}/classes{os.pathsep}{BUILT}/lib/*"
    java = ["java", "-Xmx1500m", "-Duser.timezone=Europe/London", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classes]
    log = BUILT / "hapi.log"
    with log.open("w") as written, subprocess.Popen([*java, "HapiServer", str(PORT)], stdout=written, stderr=written) as server:  # noqa: S603
        try:
            until = time.monotonic() + _PATIENCE
            while "\nready" not in "\n" + log.read_text():
                if server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"HAPI did not start: see {log}")
                time.sleep(1)
            yield f"http://127.0.0.1:{PORT}/fhir/"
        finally:
            server.terminate()


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
    """Print the table; 0 when every test passes on both, or its difference is named."""
    BUILT.mkdir(exist_ok=True)
    ours = outcomes("", "carehub")
    with hapi() as base:
        theirs = outcomes(base, "hapi")
    apart = [name for name in ours if not ours[name] == theirs.get(name) == "pass"]
    print(f"\n{'contract test':<86} carehub  HAPI")
    for name in apart:
        print(f"{name:<86} {ours[name]:<8} {theirs.get(name, 'absent')}")
    print(f"{len(ours) - len(apart)} of {len(ours)} tests pass on both servers; {len(apart)} are listed above")
    bad = [name for name in apart if ours[name] != "pass" or theirs.get(name, "FAIL") == "FAIL"]
    return 1 if bad or not ours else 0


if __name__ == "__main__":
    sys.exit(main())
