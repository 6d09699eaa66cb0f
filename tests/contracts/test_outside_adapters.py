"""An adapter from outside: by folder, by several folders, by an installed package; and its contract in one line of pytest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from carehub.feeds.manifest import BadManifest
from carehub.wiring.kit_cli import new_adapter
from carehub.wiring.loading import adapter_places, load_adapters, shipped_adapters

_SHIPPED = sorted(path.parent.name for path in shipped_adapters().glob("*/manifest.toml"))


def _installed(place: Path) -> None:
    """A package as an installer would leave it: its folder, and its entry point in its dist-info."""
    new_adapter("hospice", place)
    listed = place / "carehub_hospice-1.0.dist-info"
    listed.mkdir()
    (listed / "METADATA").write_text("Metadata-Version: 2.1\nName: carehub-hospice\nVersion: 1.0\n")
    (listed / "entry_points.txt").write_text("[carehub.adapters]\nhospice = hospice\n")


def test_a_folder_of_adapters_and_an_adapters_own_folder_are_places(tmp_path: Path) -> None:
    for name in ("hospice", "pharmacy"):
        new_adapter(name, tmp_path)
    assert sorted(load_adapters(tmp_path).adapters) == ["hospice", "pharmacy"]
    assert sorted(load_adapters(tmp_path / "hospice").adapters) == ["hospice"]
    both = os.pathsep.join([str(tmp_path / "hospice"), str(tmp_path / "pharmacy")])
    assert load_adapters(Path(both)).feeds() == ["hospice/messages", "pharmacy/messages"]


def test_shipped_stands_for_the_shipped_ones(tmp_path: Path) -> None:
    new_adapter("hospice", tmp_path)
    places = adapter_places(os.pathsep.join(["shipped", str(tmp_path)]))
    assert [path.name for path in places] == [*_SHIPPED, "hospice"]


def test_an_installed_package_offers_its_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [path.name for path in adapter_places("installed")] == ["hospice"]
    assert [path.name for path in adapter_places()] == [*_SHIPPED, "hospice"]


def test_an_entry_point_that_leads_nowhere_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(tmp_path)
    (tmp_path / "carehub_hospice-1.0.dist-info" / "entry_points.txt").write_text("[carehub.adapters]\nhospice = nowhere_at_all\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BadManifest, match="entry point hospice"):
        load_adapters("installed")


@pytest.mark.parametrize("name", ["Hospice", "1st", "a-b", ""])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadManifest):
        new_adapter(name, tmp_path)


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    new_adapter("hospice", tmp_path)
    with pytest.raises(BadManifest, match="is there already"):
        new_adapter("hospice", tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("adapter.py", "from . import gone\n", "cannot be imported"),
        ("adapter.py", "import no_such_module_anywhere\n", "no module no_such_module_anywhere"),
        ("adapter.py", "def (:\n", "line 1"),
        ("adapter.py", "x = 1\n", "map_message: missing"),
        ("manifest.toml", 'name = "other"', "hospice/manifest.toml"),
    ],
)
def test_a_bad_folder_stops_the_start_with_file_and_reason(tmp_path: Path, name: str, text: str, said: str) -> None:
    new_adapter("hospice", tmp_path)
    (tmp_path / "hospice" / name).write_text(text)
    with pytest.raises(BadManifest, match=said):
        load_adapters(tmp_path)


def test_two_adapters_of_one_name_and_a_missing_place_stop_the_start(tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        new_adapter("hospice", tmp_path / place)
    with pytest.raises(BadManifest, match="two adapters are called 'hospice'"):
        load_adapters(os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")]))
    with pytest.raises(BadManifest, match="no such folder"):
        load_adapters(tmp_path / "nowhere")


def test_the_contract_is_one_line_of_pytest(tmp_path: Path) -> None:
    new_adapter("hospice", tmp_path)
    (tmp_path / "test_hospice.py").write_text("from carehub.kit_pytest import contract\ntest_contract = contract('hospice')\n")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_hospice.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert " passed" in ran.stdout
    patient = tmp_path / "hospice" / "patient.py"
    patient.write_text(patient.read_text().replace('"id": ref.id', '"id": "1"'))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_hospice.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "test_contract[ids_are_derived]" in ran.stdout
