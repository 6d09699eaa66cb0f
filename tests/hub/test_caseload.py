"""The caseload: who is on it and why, of what the reader may see and at the moment of reading; one row of the trail, and nothing unwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from carehub.fhir.canonical import loads
from carehub.governance.audit import seen
from carehub.hub.caseload import caseload_id
from carehub.hub.hub import Hub
from carehub.terms.errors import Refused, StoreBusy
from carehub.terms.issue_catalogue import issue
from hub.caseload_hub import FRAIL, GP, ONE, TWO, arranged, caseloads, of_council, of_gp, of_hospital, told


def listed(hub: Hub, who=GP) -> dict[str, list[str]]:
    """Person → sentences."""
    return {one.person: [reason.sentence for reason in one.reasons] for one in caseloads(hub).members(who).value.people}


def sentences(hub: Hub, who=GP) -> list[str]:
    return [sentence for found in listed(hub, who).values() for sentence in found]


ADMITTED = "2 unplanned admissions in the last 365 days: 03-Oct-2026, 03-Feb-2026 (acute)"
CODED = "Severe frailty coded 12-Mar-2026 (gp)"


def test_each_reason_is_a_sentence_with_its_source_and_date() -> None:
    hub = told(of_gp(FRAIL), of_hospital(ONE, TWO), of_council(arranged("e1", "2026-10-20")))
    found = sentences(hub)
    assert found[:2] == [ADMITTED, CODED]
    assert found[2].startswith("Care package changed: ")
    assert found[2].endswith("began 20-Oct-2026 (council)")


def test_one_admission_is_no_reason() -> None:
    assert sentences(told(of_gp(), of_hospital(ONE))) == []


def test_the_moment_of_reading_decides() -> None:
    hub = told(of_gp(), of_hospital(ONE, TWO))
    assert sentences(hub) == [ADMITTED]
    hub.clock.now = datetime(2027, 2, 2, 23, 59, 0, tzinfo=UTC)
    assert sentences(hub) == [ADMITTED]
    hub.clock.now = datetime(2027, 2, 3, 0, 0, 30, tzinfo=UTC)
    assert sentences(hub) == []
    hub.clock.now = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
    assert sentences(hub) == []


def test_only_people_of_whom_ones_own_organisation_holds_a_record() -> None:
    hub = told(of_gp(FRAIL), of_hospital())
    assert len(listed(hub)) == len(listed(hub, replace(GP, organisation="acute"))) == 1
    assert listed(hub, replace(GP, organisation="elsewhere")) == {}


def test_who_died_is_on_no_caseload() -> None:
    dead = {"extra": {"deceasedDateTime": "2026-11-01"}}
    assert sentences(told(of_gp(FRAIL, **dead), of_hospital())) == [CODED]
    assert sentences(told(of_gp(FRAIL, **dead), of_hospital(**dead))) == []


def test_another_organisations_is_refused_and_the_refusal_is_written() -> None:
    hub = told(of_gp(FRAIL))
    with pytest.raises(Refused):
        caseloads(hub).members(GP, caseload_id("acute"))
    assert len(caseloads(hub).members(GP, caseload_id("gp")).value.people) == 1
    newest, refused = [seen(loads(row.event)) for row in hub.store.audit.about("", 2)]
    assert (newest.refused, refused.refused) == (False, True)


def test_one_row_is_written_about_nobody_and_nothing_leaves_unwritten() -> None:
    hub = told(of_gp(FRAIL))
    person = hub.store.links.persons()[0]
    before = len(hub.store.audit.about("", 99))
    caseloads(hub).members(GP)
    assert len(hub.store.audit.about("", 99)) == before + 1
    assert hub.store.audit.about(person, 9) == []

    class Full:
        def append(self, rows: object) -> None:
            raise StoreBusy(issue("STORE-001"))

    object.__setattr__(hub.disclosing, "audit", Full())
    with pytest.raises(StoreBusy):
        caseloads(hub).members(GP)
