"""Each way to a refusal and to a narrower decision, one at a time, and the words that the trail and the reader are given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.governance.decision import Decision, decide, has_a_place, in_relation, narrowed, of_own, too_often
from carehub.governance.policy import POLICY_VERSION, TABLE, Row
from carehub.governance.relationship import WOULD_BE, Relationship
from carehub.governance.requester import Requester

GP = Requester("u", "N", "gp", "X99001", "O", "TREAT")
LINK = replace(GP, role="link-worker")
PERSON = "00000000-0000-0000-0000-000000000001"
SEEN = decide(GP, "read_record", PERSON, TABLE)
MASKED = decide(LINK, "read_record", PERSON, TABLE)
REFUSED = decide(GP, "settle_reviews", PERSON, TABLE)
STANDING = Relationship("record", "Patient/1", "2026-01-02")


def test_a_permitting_decision_says_all_that_it_lets_be_seen() -> None:
    closed = "Your role (GP) cannot see this section. Ask the care coordinator, or use emergency access."
    seen = decide(GP, "read_record", PERSON, TABLE)
    assert seen == Decision(True, "Allowed for role gp and purpose TREAT.", frozenset(), closed, POLICY_VERSION, True, "", "API-002")
    masked = decide(LINK, "read_record", PERSON, TABLE)
    assert masked.mask_sentence == "Your role (Link worker) cannot see this section. Ask the care coordinator."
    assert (masked.restricted, masked.masked_sections) == (False, TABLE["link-worker", "TREAT"].masked_sections)
    assert (Decision(True, "", frozenset(), "", 1).restricted, Decision(True, "", frozenset(), "", 1).emergency) == (False, "")


@pytest.mark.parametrize(
    ("asking", "action", "about", "reason"),
    [
        (replace(GP, user=""), "read_record", PERSON, "The request does not say who asks, in what role, for which organisation and why."),
        (
            replace(GP, organisation=""),
            "read_record",
            PERSON,
            "The request does not say who asks, in what role, for which organisation and why.",
        ),
        (replace(GP, role=""), "read_record", PERSON, "The request does not say who asks, in what role, for which organisation and why."),
        (
            replace(GP, purpose=""),
            "read_record",
            PERSON,
            "The request does not say who asks, in what role, for which organisation and why.",
        ),
        (
            replace(GP, patient="other"),
            "read_record",
            PERSON,
            "The access was given for the record of one person, and this is about another, or about nobody.",
        ),
        (
            replace(GP, patient="other"),
            "search_people",
            "",
            "The access was given for the record of one person, and this is about another, or about nobody.",
        ),
        (replace(GP, purpose="HMARKT"), "read_record", PERSON, "No row of the policy table allows this role for this purpose."),
        (GP, "settle_reviews", PERSON, "The policy row of this role and purpose does not allow this action."),
        (GP, "read_record", "", "A record was asked for without saying whose."),
    ],
)
def test_a_refusal_gives_nothing_and_says_why(asking: Requester, action: str, about: str, reason: str) -> None:
    refused = Decision(False, reason, frozenset(), "", POLICY_VERSION, False, "", "API-002")
    assert decide(asking, action, about, TABLE) == refused  # type: ignore[arg-type]


def test_access_for_one_person_reads_that_person_and_a_search_is_about_nobody() -> None:
    assert decide(replace(GP, patient=PERSON), "read_record", PERSON, TABLE) == SEEN
    assert decide(GP, "search_people", "", TABLE).permitted


def test_a_list_is_read_by_the_organisation_whose_it_is() -> None:
    assert of_own(SEEN, own=True) is SEEN
    assert of_own(REFUSED, own=False) is REFUSED
    told = of_own(SEEN, own=False)
    assert (told.permitted, told.reason) == (False, "The list is of another organisation than the requester's.")


@pytest.mark.parametrize(("emergency", "number"), [(True, "GOV-005"), (False, "GOV-006")])
def test_without_a_relationship_the_answer_names_the_way_that_is_open(emergency: bool, number: str) -> None:
    told = in_relation(MASKED, None, emergency=emergency)
    assert told == Decision(
        False, f"No relationship with this person is recorded. {WOULD_BE}", frozenset(), "", POLICY_VERSION, False, "", number
    )


def test_a_relationship_is_added_to_the_reason_and_a_refusal_stays_what_it_is() -> None:
    assert in_relation(MASKED, STANDING, emergency=True) == replace(
        MASKED,
        reason="Allowed for role link-worker and purpose TREAT. Relationship: the organisation holds a record of the person, Patient/1 since 2026-01-02.",
    )
    assert in_relation(REFUSED, STANDING, emergency=True) is REFUSED
    assert in_relation(REFUSED, None, emergency=True) is REFUSED


def test_too_many_searches_are_a_refusal_of_their_own() -> None:
    assert too_often() == Decision(
        False, "More searches in a minute than anybody needs who gives care.", frozenset(), "", POLICY_VERSION, False, "", "GOV-007"
    )


@pytest.mark.parametrize(
    ("asking", "expected"),
    [
        (GP, True),
        (replace(GP, user=""), False),
        (replace(GP, organisation=""), False),
        (replace(GP, role="porter"), False),
        (replace(GP, purpose="PATADMIN"), False),
    ],
)
def test_who_has_a_place_in_the_table(asking: Requester, expected: bool) -> None:
    assert has_a_place(asking, TABLE) is expected


def test_a_shared_screen_shows_what_every_role_in_the_room_may_see() -> None:
    open_row = Row("a", "A", "TREAT", frozenset(), frozenset(), restricted=True)
    closed = Row("b", "B", "TREAT", frozenset(), frozenset({"results"}))
    assert narrowed(SEEN, []) == SEEN
    told = narrowed(SEEN, iter([open_row, closed]))
    sentence = "Not shown on a screen that others see: not every role in the room may see this section."
    assert told == replace(SEEN, masked_sections=frozenset({"results"}), mask_sentence=sentence, restricted=False)
    assert narrowed(SEEN, [open_row]).restricted
    assert not narrowed(MASKED, [open_row]).restricted
    assert narrowed(MASKED, [closed]).masked_sections == MASKED.masked_sections | {"results"}


def test_each_role_is_called_what_its_readers_call_it() -> None:
    assert {row.role: row.title for row in TABLE.values()} == {
        "gp": "GP",
        "district-nurse": "District nurse",
        "hospital-doctor": "Hospital doctor",
        "care-coordinator": "Care coordinator",
        "social-worker": "Social worker",
        "link-worker": "Link worker",
        "identity-steward": "Identity steward",
        "senior-identity-steward": "Senior identity steward",
        "privacy-officer": "Privacy officer",
        "integration-engineer": "Integration engineer",
    }
