"""Write expected.json and rejected.json of every case from what the adapters make of it now: `make golden`, then read the diff.

A changed golden file is a changed clinical meaning: it is for the adapter's clinical owner to review, and mapping_version rises with it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from carehub.kit.cases import AdapterFolder, Case, adapter_folders, read_folder
from carehub.kit.golden import differences, outcome, text
from carehub.terms.errors import Rejected
from carehub.wiring.loading import load_adapters

ADAPTERS = Path(__file__).resolve().parents[1] / "adapters"


def main(names: list[str]) -> None:
    """Rewrite the golden files of the named adapters, or of all; one line for each that changed."""
    loaded = load_adapters(ADAPTERS).adapters
    for folder in (read_folder(path) for path in adapter_folders(ADAPTERS)):
        if not names or folder.name in names:
            for case in folder.cases:
                result = outcome(loaded[folder.name], case.message)
                if isinstance(result, Rejected) != case.rejected or not case.golden or differences(case.golden, result):
                    _write(folder, case, text(result), isinstance(result, Rejected))


def _write(folder: AdapterFolder, case: Case, told: str, rejected: bool) -> None:
    place = ADAPTERS / folder.name / "cases" / case.slug
    (place / ("expected.json" if rejected else "rejected.json")).unlink(missing_ok=True)
    (place / ("rejected.json" if rejected else "expected.json")).write_text(told, encoding="utf-8")
    print(f"{folder.name}/{case.slug}: {'rejected' if rejected else 'accepted'}")


if __name__ == "__main__":
    main(sys.argv[1:])
