"""Computers of their own on one machine: network namespaces, joined by a bridge in the first, where PostgreSQL and Redis are. Nothing outside reaches
them, and they reach nothing outside. Each can be cut off."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from faults.own_postgres import AS_POSTGRES, new_cluster, tool
from faults.processes import Program, until

SERVERS = "10.77.0.1"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@cache
def allowed() -> bool:
    """Whether this machine lets us have network namespaces."""
    name = f"carehub-try-{os.getpid()}"
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    if subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True).returncode:
        return False
    joined = subprocess.run(["ip", "-n", name, "link", "add", "br0", "type", "bridge"], check=False, capture_output=True)
    _ip("netns", "del", name)
    return joined.returncode == 0


class Elsewhere(Program):
    """A program at another computer."""

    def __init__(self, at: str, folder: Path, environment: Mapping[str, str], *arguments: str, executable: tuple[str, ...] = ()) -> None:
        super().__init__(folder, environment, *arguments)
        self._command = ["ip", "netns", "exec", at, *(executable or self._command[:1]), *arguments]


class Network:
    """The servers' namespace and one for each host."""

    def __init__(self, *hosts: str) -> None:
        self._mark = f"carehub-{os.getpid()}"
        self.servers = f"{self._mark}-servers"
        self._hosts = hosts

    def of(self, host: str) -> str:
        """The namespace of a host."""
        return f"{self._mark}-{host}"

    def cut(self, host: str) -> None:
        """Nothing that the host sends or is sent arrives, and nobody is told."""
        _ip("-n", self.servers, "link", "set", f"to-{host}", "down")

    def join(self, host: str) -> None:
        """As it was."""
        _ip("-n", self.servers, "link", "set", f"to-{host}", "up")

    def __enter__(self) -> Network:
        _ip("netns", "add", self.servers)
        _ip("-n", self.servers, "link", "add", "br0", "type", "bridge")
        _ip("-n", self.servers, "addr", "add", f"{SERVERS}/24", "dev", "br0")
        for name in ("lo", "br0"):
            _ip("-n", self.servers, "link", "set", name, "up")
        for number, host in enumerate(self._hosts, 2):
            at = self.of(host)
            _ip("netns", "add", at)
            _ip("-n", at, "link", "add", "eth0", "type", "veth", "peer", "name", f"to-{host}", "netns", self.servers)
            _ip("-n", self.servers, "link", "set", f"to-{host}", "master", "br0", "up")
            _ip("-n", at, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
            for name in ("lo", "eth0"):
                _ip("-n", at, "link", "set", name, "up")
        return self

    def __exit__(self, *_: object) -> None:
        for at in (*map(self.of, self._hosts), self.servers):
            subprocess.run(["ip", "netns", "del", at], check=False, capture_output=True)


@contextmanager
def servers(network: Network, folder: Path) -> Iterator[tuple[str, str, str]]:
    """A PostgreSQL and a Redis where the servers are: (store url, Redis url) for the hosts, and the store's url for this process, by a socket file."""
    own = folder / "pg"
    data = new_cluster(own)
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("host all all 10.77.0.0/24 trust\n")
    postgres = Elsewhere(
        network.servers,
        folder / "postgres",
        {},
        *("-D", str(data), "-k", str(own), "-c", f"listen_addresses={SERVERS}"),
        executable=(*AS_POSTGRES, tool("postgres")),
    )
    redis = Elsewhere(
        network.servers,
        folder / "redis",
        {},
        *("--bind", SERVERS, "--protected-mode", "no", "--save", "", "--appendonly", "no"),
        executable=("redis-server",),
    )
    ready = ["ip", "netns", "exec", network.servers, tool("pg_isready"), "-q", "-h", SERVERS, "-U", "carehub"]
    try:
        for program in (postgres, redis):
            program.start()
        until(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL answers", postgres, redis)
        subprocess.run([tool("createdb"), "-h", str(own), "-U", "carehub", "carehub"], check=True)
        here = f"postgresql+psycopg://carehub@/carehub?host={own}"
        yield f"postgresql+psycopg://carehub@{SERVERS}/carehub", f"redis://{SERVERS}:6379/0", here
    finally:
        for program in (redis, postgres):
            program.kill()
