"""`tools/ips_package.py`: what is kept of somebody else's package, and that another package than the one tested with is refused."""

from __future__ import annotations

import importlib.util
import io
import json
import tarfile

import pytest

from conformance.validator import ROOT


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("carehub_tools_ips_package", ROOT / "tools" / "ips_package.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def package(path, **files):
    with tarfile.open(path, "w:gz") as made:
        for name, told in files.items():
            body = json.dumps(told).encode()
            member = tarfile.TarInfo(name)
            member.size = len(body)
            made.addfile(member, io.BytesIO(body))
    return path


def test_definitions_are_kept_and_of_the_extensions_those_that_the_guide_names(tool, tmp_path) -> None:
    named = {"type": [{"profile": ["http://hl7.org/fhir/StructureDefinition/note|5.3.0"]}]}
    guide = package(
        tmp_path / "guide.tgz",
        **{
            "package/StructureDefinition-Bundle-uv-ips.json": named,
            "package/ValueSet-a.json": {},
            "package/package.json": {},
            "package/example/StructureDefinition-b.json": {},
            "package/../StructureDefinition-out.json": {},
        },
    )
    extensions = package(
        tmp_path / "pack.tgz", **{"package/StructureDefinition-note.json": {}, "package/StructureDefinition-other.json": {}}
    )
    place = tmp_path / "place"
    place.mkdir()
    (place / "of-an-earlier-version.json").write_text("{}")
    assert tool.unpack(guide, extensions, place) == 3
    kept = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json"))
    assert kept == ["place/StructureDefinition-Bundle-uv-ips.json", "place/StructureDefinition-note.json", "place/ValueSet-a.json"]


def test_another_package_is_refused(tool, tmp_path) -> None:
    other = package(tmp_path / "guide.tgz", **{"package/ValueSet-a.json": {}})
    with pytest.raises(ValueError, match="not the package this release was tested with"):
        tool.checked(other, tool.GUIDE[1])
