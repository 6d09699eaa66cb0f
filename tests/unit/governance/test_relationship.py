"""What is a relationship and what is not, one source or tie at a time, to the day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.careplan.assembly import assemble
from carehub.careplan.plan import SourceReport, UnifiedCarePlan
from carehub.careplan.tie import Tie
from carehub.governance.agreements import Agreements, SharingAgreement
from carehub.governance.relationship import OPENED_IN_EMERGENCY, WOULD_BE, Relationship, asks_for_one, relationship
from carehub.governance.requester import Requester
from carehub.terms.organisations import SourceKind, SourceOrganisation

DAY = "2026-06-15"
READER = Requester("user-1", "N", "gp", "X99001", "Elmfield Surgery", "TREAT")
TIE = Tie("team", "X99001", "", "", "CareTeam/1", "2026-01-01")
LISTED = SharingAgreement("X99001", "Elmfield Group", SourceKind.GP, True, True, also=frozenset({"X99099"}))


def report(kind: SourceKind = SourceKind.GP, code: str = "X99001", *, records: int = 1, recorded: str = "2026-02-03") -> SourceReport:
    source = SourceOrganisation(code, "Elmfield Surgery", kind)
    return SourceReport(source, "Patient/1", (), "2026-05-06T00:00:00.000Z", recorded, "", "", "", records, 0, 0, (), "")


def plan(*ties: Tie, sources: tuple[SourceReport, ...] = ()) -> UnifiedCarePlan:
    return replace(assemble("p", [], [], 0), sources=sources, ties=ties)


def found(
    *ties: Tie, sources: tuple[SourceReport, ...] = (), reader: Requester = READER, site: Agreements | None = None, day: str = DAY
) -> Relationship | None:
    return relationship(reader, plan(*ties, sources=sources), site or Agreements(), day)


def test_a_record_of_the_readers_organisation_is_one_since_its_source_last_spoke() -> None:
    assert found(sources=(report(),)) == Relationship("record", "Patient/1", "2026-02-03")
    assert found(sources=(report(recorded=""),)) == Relationship("record", "Patient/1", "2026-05-06T00:00:00.000Z")


@pytest.mark.parametrize(
    "sources",
    [
        (),
        (report(code="X99002"),),
        (report(records=0),),
        *((report(kind),) for kind in (SourceKind.PERSON, SourceKind.TEAM, SourceKind.NATIONAL)),
    ],
)
def test_what_is_no_record_of_the_readers_organisation(sources: tuple[SourceReport, ...]) -> None:
    assert found(sources=sources) is None


def test_a_record_comes_before_what_is_named_in_one() -> None:
    told = found(TIE, sources=(report(code="X99002"), report()))
    assert told is not None
    assert told.kind == "record"


@pytest.mark.parametrize(
    ("tie", "day", "stands"),
    [
        (TIE, DAY, True),
        (replace(TIE, begins=""), DAY, True),
        (replace(TIE, begins="soon"), DAY, True),
        (replace(TIE, begins=DAY), DAY, True),
        (replace(TIE, begins="2026-06-16"), DAY, False),
        (replace(TIE, begins="2026-06"), "2026-06-01", True),
        (replace(TIE, begins="2026-06"), "2026-05-31", False),
        (replace(TIE, ends=DAY), DAY, True),
        (replace(TIE, ends="2026-06"), "2026-06-30", True),
        (replace(TIE, ends="2026-06-14"), DAY, False),
        (replace(TIE, ends="never"), DAY, False),
        (replace(TIE, begins="2026-06-16", ends="2026-07-01"), DAY, False),
    ],
)
def test_a_tie_stands_from_its_first_day_to_its_last(tie: Tie, day: str, stands: bool) -> None:
    told = found(tie, day=day)
    assert told == (Relationship("team", "CareTeam/1", tie.begins) if stands else None)


@pytest.mark.parametrize(("day", "stands"), [("2026-06-17", True), ("2026-06-18", False)])
def test_a_tie_outlasts_its_end_by_the_days_that_the_site_allows(day: str, stands: bool) -> None:
    told = found(replace(TIE, ends="2026-06-14"), day=day, site=Agreements(days_after=3))
    assert told == (Relationship("team", "CareTeam/1", "2026-01-01", "2026-06-14") if stands else None)


def test_of_several_one_that_goes_on_comes_first() -> None:
    ended, going = replace(TIE, ends="2026-06-14", record="CareTeam/2"), replace(TIE, kind="action", record="Task/1")
    other = replace(TIE, organisation="X99002")
    site = Agreements(days_after=3)
    assert found(other, ended, going, site=site) == Relationship("action", "Task/1", "2026-01-01")
    assert found(ended, replace(ended, record="CareTeam/3"), site=site) == Relationship("team", "CareTeam/2", "2026-01-01", "2026-06-14")
    future = replace(TIE, begins="2027-01-01", record="CareTeam/4")
    assert found(future, replace(TIE, ends="never"), going) == Relationship("action", "Task/1", "2026-01-01")


@pytest.mark.parametrize(
    ("tie", "named"),
    [
        (replace(TIE, organisation="X99002"), False),
        (replace(TIE, organisation="X99002", professional="user-1"), True),
        (replace(TIE, organisation="X99002", professional="user-2"), False),
        (replace(TIE, organisation="X99002", name="Elmfield Surgery"), False),
        (replace(TIE, organisation="", name="ELMFIELD Surgery"), True),
        (replace(TIE, organisation="", name="Elmfield"), False),
        (replace(TIE, organisation="", name=""), False),
        (replace(TIE, organisation="", professional="user-2"), False),
    ],
)
def test_whom_a_tie_names(tie: Tie, named: bool) -> None:
    assert (found(tie) is not None) is named


def test_a_tie_without_a_user_names_nobody_whose_user_is_not_told() -> None:
    assert found(replace(TIE, organisation="X99002"), reader=replace(READER, user="")) is None


def test_a_site_lists_other_codes_and_names_of_an_organisation() -> None:
    site = Agreements((replace(LISTED, code="X99003", also=frozenset()), LISTED))
    assert found(replace(TIE, organisation="X99099"), site=site)
    assert found(replace(TIE, organisation="", name="elmfield group"), site=site)
    signed_in = replace(READER, organisation="X99099", organisation_name="")
    assert found(TIE, reader=signed_in, site=site)
    assert not found(replace(TIE, organisation="X99003"), site=site)
    assert found(TIE, reader=signed_in) is None


@pytest.mark.parametrize(
    ("purpose", "action", "asked"),
    [
        ("TREAT", "read_record", True),
        ("ETREAT", "read_record", True),
        ("TREAT", "use_emergency_access", False),
        ("PATADMIN", "read_record", False),
        ("HCOMPL", "read_record", False),
        ("HOPERAT", "read_record", False),
    ],
)
def test_for_what_a_relationship_is_asked_for(purpose: str, action: str, asked: bool) -> None:
    assert asks_for_one(replace(READER, purpose=purpose), action) is asked  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("record", "the organisation holds a record of the person"),
        ("team", "named on a care team"),
        ("practice", "named as the person's GP practice"),
        ("referral", "named in a referral"),
        ("action", "holds an action"),
        ("plan", "made a care plan"),
    ],
)
def test_what_the_trail_says_of_each_kind(kind: str, words: str) -> None:
    assert Relationship(kind, "X/1", "").words == f"Relationship: {words}, X/1."
    assert Relationship(kind, "X/1", "2026-01-02", "2026-03").words == f"Relationship: {words}, X/1 since 2026-01-02, ended 2026-03."


def test_what_a_stranger_is_told_and_what_an_emergency_opens() -> None:
    assert WOULD_BE == (
        "A record of the person in your organisation, a place on their care team, being their GP practice, an open referral to your organisation, "
        "an open action that it holds, or a care plan that it made would be one."
    )
    assert frozenset({"read_record", "explain_links", "report_wrong_match"}) == OPENED_IN_EMERGENCY
