"""A real HAPI FHIR R4 JPA server from published Maven artifacts, for as long as a block: what carehub is measured and judged against."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ips_package import IPS

ROOT = Path(__file__).resolve().parents[1]
POM = ROOT / "tests" / "contracts" / "fhir" / "hapi" / "pom.xml"
BUILT = ROOT / ".contract-hapi"
UKCORE = ROOT / ".." / "shared" / "data" / "ukcore"
_PORT = 18080
_PATIENCE = 600.0


def absent() -> str:
    """What this machine lacks to run HAPI, or ""."""
    return next((f"no {name} on the path" for name in ("java", "mvn") if not shutil.which(name)), "")


@contextmanager
def hapi(port: int = _PORT, *, judging: bool = True) -> Iterator[str]:
    """The base address of a HAPI server that lives as long as the block; judging: with the definitions of UK Core where they lie beside the project,
    and of the International Patient Summary where they were fetched (`make profile-check`).

    Raises RuntimeError when it does not start."""
    build = ["mvn", "-q", "-B", "-f", str(POM), "compile", "dependency:copy-dependencies", f"-DoutputDirectory={BUILT}/lib"]
    subprocess.run([*build, f"-DbuildDirectory={BUILT}"], check=True)  # noqa: S603
    classes = f"{BUILT}/classes{os.pathsep}{BUILT}/lib/*"
    java = ["java", "-Xmx1500m", "-Duser.timezone=Europe/London", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classes]
    log = BUILT / "hapi.log"
    about = [str(port), *(str(folder) for folder in (UKCORE, IPS) if judging and folder.is_dir())]
    with log.open("w") as written, subprocess.Popen([*java, "HapiServer", *about], stdout=written, stderr=written) as server:  # noqa: S603
        try:
            until = time.monotonic() + _PATIENCE
            while "\nready" not in "\n" + log.read_text():
                if server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"HAPI did not start: see {log}")
                time.sleep(1)
            yield f"http://127.0.0.1:{port}/fhir/"
        finally:
            server.terminate()
