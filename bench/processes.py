"""Child processes: servers started, waited for, measured and ended, each by its own handle."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
CREDENTIAL = "bench-credential"
_TICKS = os.sysconf("SC_CLK_TCK")


class NotAnswering(RuntimeError):
    """A server did not come up."""


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def carehub() -> str:
    """The command beside this Python. Raises NotAnswering when it is not installed."""
    found = shutil.which("carehub", path=str(Path(sys.executable).parent)) or shutil.which("carehub")
    if not found:
        raise NotAnswering("the carehub command is not installed beside this Python")
    return found


def environment(folder: Path, port: int, redis_url: str = "") -> dict[str, str]:
    """Environment of a `carehub` process over a folder, with one credential that may feed both feeds. Other CAREHUB_ settings are dropped, and
    what forbids Python to keep compiled modules: what is installed is compiled, so both sides of a row are."""
    digest = hashlib.sha256(CREDENTIAL.encode()).hexdigest()
    keys = folder / "sources.json"
    keys.write_text(json.dumps({digest: {"name": "bench", "feeds": ["acute/hl7v2", "gp/structured-record"]}}))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAREHUB_") and name != "PYTHONDONTWRITEBYTECODE"}
    ours = {"VAR": str(folder), "PORT": str(port), "SOURCE_KEYS_FILE": str(keys), "REDIS_URL": redis_url, "ENV": "development"}
    return {**kept, **{f"CAREHUB_{name}": value for name, value in ours.items()}}


def start(
    command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None, pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """A child whose words are kept from the terminal."""
    return subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=pass_fds)


def stop(child: subprocess.Popen[bytes], patience: float = 10.0) -> None:
    """Ask it to end, then make it."""
    child.terminate()
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@contextmanager
def running(
    command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None, pass_fds: Sequence[int] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A child that is ended when the block ends."""
    child = start(command, env, cwd, pass_fds)
    try:
        yield child
    finally:
        stop(child)


def wait_ready(child: subprocess.Popen[bytes], port: int, path: str, seconds: float = 60.0) -> None:
    """Return as soon as `path` answers at all. Raises NotAnswering when the child ends or time is up."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if child.poll() is not None:
            raise NotAnswering(f"the server ended with {child.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise NotAnswering(f"no answer in {seconds:.0f} s")


@contextmanager
def serving(kind: str, folder: Path, path: str, processes: int = 1) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """One of served.py's servers: (its first process, port), once it answers `path`. processes: how many accept at the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as shared, ExitStack() as children:
        port, fd = int(shared.getsockname()[1]), shared.fileno()
        command = [sys.executable, str(HERE / "served.py"), kind, str(folder), str(port), str(fd)]
        started = [children.enter_context(running(command, pass_fds=(fd,))) for _ in range(processes)]
        for child in started:
            wait_ready(child, port, path)
        yield started[0], port


def resident(pid: int, peak: bool = False) -> float:
    """Resident memory of a process in MB (10^6 bytes), now or at its highest; nan where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return float("nan")
    field = "VmHWM:" if peak else "VmRSS:"
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(field)), float("nan"))


def cpu_seconds(pid: int) -> float:
    """Seconds of processor that a process has taken, 0 once it has ended."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / _TICKS


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A Redis of our own on loopback with nothing kept on disk: its address. Raises NotAnswering where redis-server is not installed."""
    found = shutil.which("redis-server")
    if not found:
        raise NotAnswering("redis-server is not installed")
    port = free_port()
    command = [found, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with running(command) as child:
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError as error:
                if child.poll() is not None or time.monotonic() > until:
                    raise NotAnswering("redis-server did not start") from error
                time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
