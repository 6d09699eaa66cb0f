"""`carehub serve` as a process."""

from __future__ import annotations

from pathlib import Path

from faults.doors import client_keys, is_ready, source_keys
from faults.processes import CAREHUB, Program, free_port, until


class Server(Program):
    """`carehub serve` with the worker in its process."""

    def __init__(self, folder: Path, store_url: str, **more: str) -> None:
        port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "CAREHUB_DATABASE_URL": store_url,
            "CAREHUB_VAR": str(folder),
            "CAREHUB_PORT": str(port),
            "CAREHUB_SOURCE_KEYS_FILE": str(source_keys(folder)),
            "CAREHUB_CLIENTS_FILE": str(client_keys(folder)),
            **more,
        }
        super().__init__(folder, settings, *CAREHUB, "serve")
        self.address = f"http://127.0.0.1:{port}"

    def start(self) -> None:
        super().start()
        until(lambda: is_ready(self.address), "the server is ready", self)
