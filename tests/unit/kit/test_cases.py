from __future__ import annotations

from pathlib import Path

import pytest

from carehub.feeds.manifest import BadManifest
from carehub.kit.cases import BadCase, adapter_folders, read_folder
from unit.kit.hospice import MANIFEST


def _folder(root: Path, files: dict[str, str]) -> Path:
    folder = root / "hospice"
    for name, text in {"manifest.toml": MANIFEST, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_folder_is_read_whole(tmp_path: Path) -> None:
    files = {
        "README.md": "# Hospice",
        "CHANGES.md": "## 1",
        "cases/b-good/message.json": "{}",
        "cases/b-good/expected.json": '{"kind": "plan"}',
        "cases/a-bad/message.json": "x",
        "cases/a-bad/rejected.json": "{}",
        "cases/c-new/message.hl7": "MSH",
    }
    found = read_folder(_folder(tmp_path, files))
    assert (found.name, found.manifest.mapping_version, found.readme, found.changes) == ("hospice", 1, "# Hospice", "## 1")
    assert [(case.slug, case.golden, case.rejected) for case in found.cases] == [
        ("a-bad", "{}", True),
        ("b-good", '{"kind": "plan"}', False),
        ("c-new", "", False),
    ]
    assert found.cases[2].message.feed == "hospice/plans"
    assert found.cases[2].message.body == b"MSH"


def test_only_folders_with_a_manifest_are_adapters(tmp_path: Path) -> None:
    _folder(tmp_path, {})
    (tmp_path / "empty").mkdir()
    assert [path.name for path in adapter_folders(tmp_path)] == ["hospice"]


@pytest.mark.parametrize(
    "files",
    [
        {"cases/a/expected.json": "{}"},
        {"cases/a/message.json": "{}", "cases/a/message.hl7": "MSH"},
        {"cases/a/message.json": "{}", "cases/a/expected.json": "{}", "cases/a/rejected.json": "{}"},
    ],
)
def test_a_case_that_cannot_be_used_says_so(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(BadCase, match="cases"):
        read_folder(_folder(tmp_path, files))


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadManifest):
        read_folder(tmp_path)
