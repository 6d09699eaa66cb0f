"""`carehub adapters`: list, new, check, golden. The contract as a table a person reads, or as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from carehub.feeds.coverage import BadFields
from carehub.feeds.manifest import BadManifest
from carehub.kit.cases import BadCase, Case, read_folder
from carehub.kit.golden import differences, outcome, text
from carehub.kit.grading import Report
from carehub.kit.template import files_of
from carehub.terms.errors import Rejected
from carehub.wiring.examining import examine_folder
from carehub.wiring.loading import adapter_places, load_adapter, load_adapters
from carehub.wiring.settings import Settings

_GOLDEN = ("expected.json", "rejected.json")


def list_adapters(*, as_json: bool) -> None:
    """Print the loaded adapters, a row for each feed."""
    catalogue = load_adapters(Settings().adapters)
    rows = [
        {
            "feed": name,
            "title": catalogue.feed(name).title,
            "source_kind": catalogue.adapter(name).manifest.source_kind.value,
            "mapping_version": catalogue.adapter(name).manifest.mapping_version,
            "grade": catalogue.adapter(name).manifest.grade.level,
        }
        for name in catalogue.feeds()
    ]
    if as_json:
        print(json.dumps(rows))
        return
    table = Table("Feed", "Title", "Sector", "Mapping", "Grade")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    _console().print(table)


def new_adapter(name: str, place: Path) -> None:
    """Write a folder for a new adapter that reaches bronze at once. Raises BadManifest for a name that cannot be one or a folder that is there."""
    folder = place / name
    if not (name.isascii() and name.islower() and name.isidentifier()):
        raise BadManifest(f"{name}: an adapter's name is lower-case letters, digits and underscores, and begins with a letter")
    if folder.exists():
        raise BadManifest(f"{folder}: is there already")
    for path, content in files_of(name).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    write_golden(folder)
    print(f"{folder} is written. Next: carehub adapters check {folder}")


def golden_files(names: list[str]) -> None:
    """Write the golden files of adapters, by name or path; of all without a name."""
    for folder in _folders(names):
        write_golden(folder)


def write_golden(folder: Path) -> None:
    """Write expected.json or rejected.json of every case whose result is not the golden file's; a line for each."""
    adapter = load_adapter(folder)
    for case in read_folder(folder).cases:
        result = outcome(adapter, case.message)
        rejected = isinstance(result, Rejected)
        if rejected != case.rejected or not case.golden or differences(case.golden, result):
            _write(folder, case, text(result), _GOLDEN[rejected])
            print(f"{folder.name}/{case.slug}: {'rejected' if rejected else 'accepted'}")


def _write(folder: Path, case: Case, told: str, name: str) -> None:
    place = folder / "cases" / case.slug
    for other in _GOLDEN:
        if other != name:
            (place / other).unlink(missing_ok=True)
    (place / name).write_text(told, encoding="utf-8")


def check_adapters(names: list[str], *, strict: bool, measure: bool, as_json: bool) -> bool:
    """Hold adapters, by name or path, all without a name, to the contract; True when there are no findings."""
    reports = []
    for folder in _folders(names):
        try:
            reports.append(examine_folder(folder, measure=measure))
        except (BadCase, BadFields) as error:
            raise BadManifest(str(error)) from error
    if as_json:
        print(json.dumps([_plain(report, strict) for report in reports]))
    else:
        for report in reports:
            _show(report, strict)
    return not any(report.findings(strict=strict) for report in reports)


def _folders(names: list[str]) -> list[Path]:
    """Folders by path, or by the name of a loaded adapter. Raises BadManifest for neither."""
    known = {folder.name: folder for folder in adapter_places(Settings().adapters)}
    found = []
    for name in names:
        path = known.get(name) or Path(name)
        if not (path / "manifest.toml").is_file():
            raise BadManifest(f"{name}: neither a loaded adapter ({', '.join(sorted(known))}) nor a folder with a manifest.toml")
        found.append(path)
    return found or list(known.values())


def _plain(report: Report, strict: bool) -> dict[str, object]:
    return {
        "adapter": report.adapter,
        "claimed": report.claimed,
        "reached": report.reached,
        "findings": [one.name for one in report.findings(strict=strict)],
        "checks": [asdict(one) for one in report.checked],
        "coverage": asdict(report.coverage),
    }


def _show(report: Report, strict: bool) -> None:
    table = Table("Check", "Grade", "Verdict", "Reason", title=f"{report.adapter}: claims {report.claimed}")
    for one in report.checked:
        reason = "\n".join(one.reasons) if one.reasons else one.says
        table.add_row(one.name, one.grade, one.standing, reason)
    console = _console()
    console.print(table)
    kept = report.coverage
    console.print(
        f"Fields in its cases: {kept.total}; mapped {len(kept.mapped)}, dropped with a reason {len(kept.dropped)}, "
        f"not mapped with a reason {len(kept.unmapped)}, not listed {len(kept.unlisted)}"
    )
    found = report.findings(strict=strict)
    console.print(f"{report.adapter} reaches {report.reached or 'no grade'}; {len(found)} findings", highlight=False)


def _console() -> Console:
    """As wide as the terminal; where there is none, wide enough that no name is cut."""
    return Console() if Console().is_terminal else Console(width=160)
