"""The adapter contract, over every adapter folder and every case. An adapter's author writes no test code."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from carehub.feeds.adapter import Adapter
from carehub.kit.cases import AdapterFolder, Case, adapter_folders, read_folder
from carehub.kit.checks import CLAUSES, Clause
from carehub.kit.folders import FOLDER_CLAUSES, FolderClause
from carehub.wiring.loading import load_adapters

ROOT = Path(__file__).resolve().parents[2] / "adapters"
ADAPTERS = load_adapters(ROOT).adapters
FOLDERS = [read_folder(path) for path in adapter_folders(ROOT)]
CASES = [(folder, case) for folder in FOLDERS for case in folder.cases]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No adapter opens a socket."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an adapter opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)


def test_every_adapter_folder_is_loaded_and_has_cases() -> None:
    assert sorted(ADAPTERS) == [folder.name for folder in FOLDERS]
    assert [folder.name for folder in FOLDERS if not folder.cases] == []


@pytest.mark.parametrize("clause", FOLDER_CLAUSES, ids=lambda clause: clause.__name__)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_folder(folder: AdapterFolder, clause: FolderClause) -> None:
    assert "\n".join(clause(_adapter(folder), folder)) == ""


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.__name__)
@pytest.mark.parametrize(("folder", "case"), CASES, ids=[f"{folder.name}/{case.slug}" for folder, case in CASES])
def test_case(folder: AdapterFolder, case: Case, clause: Clause) -> None:
    assert "\n".join(clause(_adapter(folder), case)) == ""


def _adapter(folder: AdapterFolder) -> Adapter:
    return ADAPTERS[folder.name]
