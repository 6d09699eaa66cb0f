"""Clauses about an adapter's folder: its words, its versions, and cases for everything it declares."""

from __future__ import annotations

import re
from collections.abc import Iterator

from carehub.careplan.sections import BY_KEY
from carehub.feeds.adapter import Adapter
from carehub.fhir.resource import identifiers
from carehub.kit import clocks, coverage, histories, reaching
from carehub.kit.cases import AdapterFolder
from carehub.kit.golden import outcome
from carehub.kit.results import FolderClause
from carehub.terms import nhs_number
from carehub.terms.errors import Rejected

_KNOWN_GAPS = re.compile(r"(?mi)^#+ .*known gaps")
_VERSION = re.compile(r"(?m)^#+ \D*(\d+)")


def known_gaps(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """The README has a heading on known gaps."""
    if not _KNOWN_GAPS.search(folder.readme):
        yield "README.md has no heading on known gaps"


def changes_agree(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """CHANGES.md has an entry for every mapping version, newest first."""
    told = [int(number) for number in _VERSION.findall(folder.changes)]
    if told != list(range(folder.manifest.mapping_version, 0, -1)):
        yield f"CHANGES.md tells of mapping versions {told}; the manifest is at {folder.manifest.mapping_version}"


def named_as_folder(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """The folder's name is the manifest's, and the loaded adapter is this one."""
    if not folder.name == folder.manifest.name == adapter.manifest.name:
        yield "the folder, its manifest and the loaded adapter have different names"


def known_sections(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Every section the manifest declares is a section of the record."""
    yield from (f"there is no section {key}" for key in folder.manifest.sections if key not in BY_KEY)


def a_case_for_every_kind(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Every declared message kind has an accepted case, and something is rejected."""
    results = [(case.message.feed.partition("/")[2], outcome(adapter, case.message)) for case in folder.cases]
    kinds = {(feed, result.kind) for feed, result in results if not isinstance(result, Rejected)}
    for feed in folder.manifest.feeds:
        yield from (f"no case of {feed.name} is a {kind}" for kind in feed.messages if (feed.name, kind) not in kinds)
    if not any(isinstance(result, Rejected) for _, result in results):
        yield "no case is rejected"


def synthetic_numbers(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Every NHS number that a case gives a patient is in the test range."""
    for case in folder.cases:
        result = outcome(adapter, case.message)
        records = () if isinstance(result, Rejected) else result.records
        for record in records:
            if not all(nhs_number.in_test_range(number) for number in identifiers(record.resource, nhs_number.SYSTEM)):
                yield f"cases/{case.slug}: an NHS number outside the test range"


def owners_named(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Somebody answers for the code and somebody clinical for its meaning."""
    for name in ("owner", "clinical_owner"):
        if not getattr(folder.manifest, name).strip():
            yield f"the manifest's {name} is blank"


FOLDER_CLAUSES: tuple[FolderClause, ...] = (
    known_gaps,
    changes_agree,
    named_as_folder,
    known_sections,
    a_case_for_every_kind,
    synthetic_numbers,
    owners_named,
    *reaching.FOLDER_CLAUSES,
    *histories.FOLDER_CLAUSES,
    *clocks.FOLDER_CLAUSES,
    *coverage.FOLDER_CLAUSES,
)
