"""Each clause meets a hostile adapter that breaks it and nothing else that matters to it: the clause must notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from carehub.feeds.adapter import Adapter, overlay, whole
from carehub.feeds.manifest import Manifest, read_manifest
from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message
from carehub.kit import checks, folders
from carehub.kit.cases import AdapterFolder, Case, message
from carehub.kit.golden import text
from carehub.kit.results import Clause, FolderClause
from carehub.terms.codes import ukcore
from carehub.terms.errors import Unreadable
from carehub.terms.issue import CatalogueEntry, Issue
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef
from unit.kit.hospice import MANIFEST

PATIENT = RecordRef("X99001", "1", "Patient")
OTHER = PATIENT.of_type("Condition", "7")
NHS_NUMBER = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}


def _manifest() -> Manifest:
    return read_manifest(MANIFEST, where="manifest.toml")


def _mapped(**changes: Any) -> Mapped:
    resource = {"resourceType": "Patient", "id": PATIENT.id, "name": [{"family": "Okafor"}], "birthDate": "1941-03-09", **changes}
    kept = {name: value for name, value in resource.items() if value is not None}
    return Mapped(
        SourceOrganisation("X99001", "", SourceKind.VOLUNTARY), PATIENT, "plan", "2026-11-22T06:10:00.000Z", (MappedRecord(PATIENT, kept),)
    )


def _good(_: Message) -> Mapped:
    return _mapped()


def _adapter(map_message: Callable[[Message], Mapped], split: Callable[[bytes], Iterator[bytes]] = whole) -> Adapter:
    return Adapter(_manifest(), map_message, split, overlay)


def _case(golden: str | None = None, rejected: bool = False, body: bytes = b"a message") -> Case:
    return Case("case", message(_manifest(), body), text(_mapped()) if golden is None else golden, rejected)


def _always(mapped: Mapped) -> Callable[[Message], Mapped]:
    return lambda _: mapped


def _forgetful() -> Callable[[Message], Mapped]:
    turns = iter(range(1000))
    return lambda _: _mapped(language=str(next(turns)))


def _refuses(_: Message) -> Mapped:
    raise Unreadable(issue("MAP-001"))


def _crashes_when_cut(got: Message) -> Mapped:
    if got.body != b"a message":
        raise IndexError
    return _mapped()


_WITH_OTHER = MappedRecord(OTHER, {"resourceType": "Condition", "id": OTHER.id, "subject": {"reference": PATIENT.reference}})
_STRANGER = RecordRef("X99001", "2", "Patient")

HOSTILE: dict[str, Adapter] = {
    "same_twice": _adapter(_forgetful()),
    "arrival_does_not_matter": _adapter(lambda got: _mapped(language=got.received_at[:4])),
    "equals_golden": _adapter(_always(_mapped(birthDate="1941-03-10"))),
    "one_patient": _adapter(_always(replace(_mapped(), records=(MappedRecord(_STRANGER, {}),)))),
    "source_time": _adapter(_always(replace(_mapped(), recorded="2026-11-22T06:10:00+01:00"))),
    "catalogue_issues": _adapter(_always(replace(_mapped(), issues=(Issue(CatalogueEntry("MAP-005", "error", "x", "Mine."),),)))),
    "no_patient_values": _adapter(_always(replace(_mapped(), issues=(issue("MAP-007", at="name OKAFOR"),)))),
    "truncation_is_safe": _adapter(_crashes_when_cut),
    "split_gives_messages": _adapter(_good, lambda _: iter(())),
    "ids_are_derived": _adapter(_always(_mapped(id="1234"))),
    "references_resolve": _adapter(_always(_mapped(generalPractitioner=[{"reference": "Practitioner/1"}]))),
    "declared_types": _adapter(_always(replace(_mapped(), records=(*_mapped().records, _WITH_OTHER)))),
    "own_meta": _adapter(_always(_mapped(meta={"versionId": "1"}))),
    "valid_r4": _adapter(_always(_mapped(birthDate="1941-02-30"))),
    "valid_by_models": _adapter(_always(_mapped(birthDate=["1941"]))),
    "uk_core": _adapter(_always(_mapped(meta={"profile": [ukcore("Patient")]}, identifier=[{"system": "https://fhir.nhs.uk/Id/nhs-number"}]))),
}  # fmt: skip
# The other clauses meet theirs in test_clauses.py.
HERE = [clause for clause in checks.CLAUSES if clause.__name__ in HOSTILE]


@pytest.mark.parametrize("clause", HERE, ids=lambda clause: clause.__name__)
def test_a_good_adapter_meets_every_clause(clause: Clause) -> None:
    assert list(clause(_adapter(_good), _case())) == []


@pytest.mark.parametrize("clause", HERE, ids=lambda clause: clause.__name__)
def test_a_hostile_adapter_is_noticed(clause: Clause) -> None:
    assert list(clause(HOSTILE[clause.__name__], _case()))


@pytest.mark.parametrize("clause", HERE, ids=lambda clause: clause.__name__)
def test_a_refusal_meets_every_clause(clause: Clause) -> None:
    refusal = Unreadable(issue("MAP-001"))
    assert list(clause(_adapter(_refuses), _case(text(refusal), rejected=True))) == []


def test_a_missing_golden_file_and_a_wrong_verdict_are_noticed() -> None:
    assert list(checks.equals_golden(_adapter(_good), _case(golden="")))
    assert list(checks.equals_golden(_adapter(_refuses), _case()))
    assert list(checks.equals_golden(_adapter(_good), _case(rejected=True)))


def test_a_record_told_twice_is_noticed() -> None:
    twice = replace(_mapped(), records=_mapped().records * 2)
    assert list(checks.one_patient(_adapter(_always(twice)), _case())) == ["Patient is told more than once"]


def test_an_update_is_checked_as_it_would_be_stored() -> None:
    part = MappedRecord(OTHER, {"resourceType": "Condition", "id": OTHER.id}, change="update")
    adapter = replace(_adapter(_always(replace(_mapped(), records=(part,)))), revise=lambda *_: {"resourceType": "Condition", "subject": 1})
    assert list(checks.valid_r4(adapter, _case()))


def _folder(**changes: Any) -> AdapterFolder:
    refused = Case("refused", message(_manifest(), b"x"), "", True)
    good = AdapterFolder("hospice", _manifest(), "# Hospice\n\n## Known gaps\n", "# Changes\n\n## 1\n", (_case(), refused))
    return replace(good, **changes)


def _reads(got: Message) -> Mapped:
    return _refuses(got) if got.body == b"x" else _mapped()


BROKEN: dict[str, tuple[Adapter, AdapterFolder]] = {
    "known_gaps": (_adapter(_reads), _folder(readme="# Hospice\n\nWe have no known gaps.")),
    "changes_agree": (_adapter(_reads), _folder(changes="## 2\n\n## 1\n")),
    "named_as_folder": (_adapter(_reads), _folder(name="hospital")),
    "known_sections": (_adapter(_reads), _folder(manifest=_manifest().model_copy(update={"sections": ("about", "weather")}))),
    "a_case_for_every_kind": (_adapter(_always(replace(_mapped(), kind="other"))), _folder()),
    "synthetic_numbers": (_adapter(_always(_mapped(identifier=[{**NHS_NUMBER, "value": "1" + NHS_NUMBER["value"]}]))), _folder()),
}
HERE_TOO = [clause for clause in folders.FOLDER_CLAUSES if clause.__name__ in BROKEN]


@pytest.mark.parametrize("clause", HERE_TOO, ids=lambda clause: clause.__name__)
def test_a_good_folder_meets_every_clause(clause: FolderClause) -> None:
    assert list(clause(_adapter(_reads), _folder())) == []


@pytest.mark.parametrize("clause", HERE_TOO, ids=lambda clause: clause.__name__)
def test_a_broken_folder_is_noticed(clause: FolderClause) -> None:
    assert list(clause(*BROKEN[clause.__name__]))


def test_a_crash_is_not_taken_for_a_refusal() -> None:
    with pytest.raises(IndexError):
        list(checks.same_twice(_adapter(_crashes_when_cut), _case(body=b"another")))
