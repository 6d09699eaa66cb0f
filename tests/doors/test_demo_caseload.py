"""The demonstration's caseload: what each persona meets there, by feed messages whose dates follow the day of loading."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from carehub.caseload.criteria import shipped
from carehub.caseload.evidence import ADMITTED, FRAIL, PACKAGE, Rule
from carehub.governance.requester import Requester
from carehub.hub.caseload import Caseloads, caseload_id
from carehub.hub.hub import Hub
from carehub.terms.errors import Refused
from carehub.terms.organisations import SourceKind
from carehub.wiring import bootstrap
from carehub.wiring.demo import PERSONAS, cast_files, dated, demo_settings, load_caseload
from carehub.wiring.loading import shipped_caseload

NURSE, GP, COORDINATOR, SOCIAL_WORKER, LINK_WORKER = PERSONAS[:5]
LOADED = datetime(2027, 3, 2, 9, tzinfo=UTC)
EDITH, WINSTON, HANNAH, MOHAMMED = ("Rowbotham", "Edith"), ("Beckford", "Winston"), ("Leach", "Hannah"), ("Rafiq", "Mohammed")
DOREEN, WALTER, IRENA = ("Ashby", "Doreen"), ("Ashby", "Walter"), ("Nowak", "Irena")
ALL: dict[tuple[str, str], set[Rule]] = {
    EDITH: {ADMITTED, FRAIL, PACKAGE}, WINSTON: {ADMITTED}, HANNAH: {PACKAGE}, MOHAMMED: {FRAIL},
    DOREEN: {ADMITTED}, WALTER: {FRAIL, PACKAGE}, IRENA: {PACKAGE},
}  # fmt: skip


class Clock:
    """It is the time that a test says it is."""

    def __init__(self) -> None:
        self.now = LOADED

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def hub(tmp_path_factory, clock) -> Hub:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bootstrap, "clock", clock)
        made = bootstrap.build_hub(demo_settings(tmp_path_factory.mktemp("var")))
    load_caseload(made)
    return made


def listed(hub: Hub, who: Requester) -> dict[tuple[str, str], set[Rule]]:
    people = Caseloads(hub, shipped()).members(who).value.people
    return {(one.identity.family, one.identity.given): {reason.rule for reason in one.reasons} for one in people}


@pytest.mark.parametrize("who", [GP, COORDINATOR])
def test_the_practice_meets_everybody_with_a_reason_and_nobody_without(hub, who) -> None:
    assert listed(hub, who) == ALL


def test_others_meet_those_of_whom_they_hold_a_record(hub) -> None:
    assert listed(hub, NURSE) == {who: ALL[who] for who in (EDITH, WINSTON, HANNAH, MOHAMMED, IRENA)}
    assert listed(hub, LINK_WORKER) == {EDITH: {ADMITTED, PACKAGE}, DOREEN: {ADMITTED}, WALTER: {PACKAGE}}


def test_staff_who_sign_in_with_another_code_of_their_organisation_have_its_caseload(hub) -> None:
    """The council sends as CSSR-503, its staff sign in with X99003: the agreements list both."""
    assert listed(hub, SOCIAL_WORKER) == {who: ALL[who] for who in (EDITH, HANNAH, WALTER, IRENA)}
    with pytest.raises(Refused):
        Caseloads(hub, shipped()).members(SOCIAL_WORKER, caseload_id("CSSR-504"))


def test_what_came_before_the_window_is_told_and_counts_for_nothing(hub) -> None:
    (colin,) = hub.store.links.find(nhs_number="9990000689")
    stays = hub.disclosing.person_record(NURSE, colin, "test").value.plan.section("encounters").entries
    assert [entry.when[:10] for entry in stays if entry.attributions[0].source.kind is SourceKind.ACUTE] == ["2026-12-21", "2026-01-24"]


def test_every_day_follows_the_day_of_loading(hub) -> None:
    told = Caseloads(hub, shipped()).members(GP).value.people
    newest = {one.identity.given: (LOADED.date() - date.fromisoformat(one.changed)).days for one in told}
    assert newest == {"Mohammed": 12, "Irena": 13, "Edith": 14, "Doreen": 19, "Hannah": 27, "Winston": 33, "Walter": 61}


def test_loading_again_on_a_later_day_changes_nothing(hub, clock) -> None:
    before = (hub.record_hash(), hub.store.records.version_count())
    clock.now = LOADED + timedelta(days=3)
    try:
        load_caseload(hub)
        assert (hub.record_hash(), hub.store.records.version_count()) == before
    finally:
        clock.now = LOADED


def test_every_message_is_accepted(hub) -> None:
    assert {verdict for _, _, verdict, _ in hub.store.records.counts()} == {"accepted"}


@pytest.mark.parametrize(
    ("written", "read"),
    [("{{-1}}", "2027-03-01"), ("{{-1 %Y%m%d}}0915", "202703010915"), ("{{-366}}", "2026-03-01"), ("{{x}} {{1}}", "{{x}} {{1}}")],
)
def test_a_day_is_written_out(written: str, read: str) -> None:
    assert dated(written.encode(), LOADED.date()) == read.encode()


def test_no_file_has_a_day_that_is_not_written_out_or_lies_ahead() -> None:
    for _, path, _ in cast_files(shipped_caseload()):
        text = dated(path.read_bytes(), LOADED.date()).decode()
        assert "{{" not in text, path
        assert all(day <= LOADED.date().isoformat() for day in re.findall(r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b", text)), path
