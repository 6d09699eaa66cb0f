"""Who listens for a caseload is told of the people of that caseload: of everybody of whom their organisation holds a record, by whatever code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carehub.governance import agreements
from carehub.governance.agreements import Agreements
from carehub.hub.sharing import EVERYTHING, Sharing
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from hub.caseload_hub import GP, ONE, TWO, caseloads, of_gp, of_hospital, stay
from hub.subscribed_hub import Told
from hub.toy_hub import submit

ONE_SURGERY = Sharing(
    agreements.read(
        """
unlisted = "shown"
relationship = "not asked"

[[organisation]]
code = "main"
name = "Elmfield Surgery"
kind = "gp"
connected = true
agreement = "yes"
also = ["branch", "before"]
""",
        where="here",
    )
)
THIRD = stay("s3", "2026-11-21T10:00:00Z")


class _Unreadable(Sharing):
    def in_force(self, *asked: Any) -> Agreements:
        raise StoreBusy(issue("GOV-004"))


def surgery(record: str, signs_in: str, sharing: Sharing = ONE_SURGERY) -> Told:
    """A surgery that listens for its caseload, on which somebody is whose record has a code of it, or of another."""
    told = Told()
    told.hub.disclosing = replace(told.hub.disclosing, sharing=sharing)
    submit(told.hub, of_gp(source=record), of_hospital(ONE, TWO))
    told.hub.drain()
    told.asked(replace(GP, organisation=signs_in), person="", caseload=signs_in)
    told.tell()
    return told


def third_stay(told: Told) -> list[str]:
    submit(told.hub, of_hospital(ONE, TWO, THIRD, at="2026-11-22T08:00:00.000Z"))
    told.hub.drain()
    return [kind for kind, _, _ in told.tell()]


@pytest.mark.parametrize("signs_in", ["main", "branch", "before", "elsewhere"])
@pytest.mark.parametrize("record", ["main", "branch", "before", "elsewhere"])
def test_whoever_is_on_the_caseload_is_told_of_and_nobody_else(record: str, signs_in: str) -> None:
    told = surgery(record, signs_in)
    listed = caseloads(told.hub).members(replace(GP, organisation=signs_in)).value.people
    ours = record == signs_in or "elsewhere" not in (record, signs_in)
    assert [one.person for one in listed] == [told.person] * ours
    assert third_stay(told) == ["event-notification"] * ours


def test_codes_that_are_agreed_to_later_count_from_then_on() -> None:
    told = surgery("branch", "main", EVERYTHING)
    told.hub.disclosing = replace(told.hub.disclosing, sharing=ONE_SURGERY)
    assert third_stay(told) == ["event-notification"]


def test_codes_that_are_no_longer_agreed_to_count_no_more() -> None:
    told = surgery("branch", "main")
    told.hub.disclosing = replace(told.hub.disclosing, sharing=EVERYTHING)
    assert third_stay(told) == []


def test_nobody_is_left_out_unsaid_while_the_agreements_cannot_be_read() -> None:
    told = surgery("branch", "main")
    told.hub.disclosing = replace(told.hub.disclosing, sharing=_Unreadable(Agreements()))
    with pytest.raises(StoreBusy):
        third_stay(told)
    told.hub.disclosing = replace(told.hub.disclosing, sharing=ONE_SURGERY)
    told.hub.drain()
    assert [kind for kind, _, _ in told.tell()] == ["event-notification"]


def test_what_happened_before_a_code_was_agreed_to_is_told_late_by_a_rebuild_and_only_once() -> None:
    told = surgery("branch", "main", EVERYTHING)
    assert third_stay(told) == []
    told.hub.disclosing = replace(told.hub.disclosing, sharing=ONE_SURGERY)
    for expected in (["event-notification"], []):
        assert told.hub.rebuild().same
        assert [kind for kind, _, _ in told.tell()] == expected
