"""The record of processing tells what is in force, and what it cannot tell."""

from __future__ import annotations

from carehub.governance.agreements import read
from carehub.governance.policy import ROWS, Row
from carehub.governance.processing_record import processing_record

TEXT = """
unlisted = "not shown"
relationship = "required"
relationship_days_after = 14
[[organisation]]
code = "X99010"
name = "Age | Well\\nNorthvale"
kind = "voluntary"
connected = true
agreement = "yes"
from = 2026-04-01
until = 2027-03-31
version = "2.1"
[[organisation.clause]]
id = "4.2"
classes = ["problems", "allergies"]
roles = ["link-worker"]
organisations = ["X99011"]
from = 2027-01-01
[[organisation.clause]]
id = "5"
classes = ["results"]
[[organisation]]
code = "X99012"
name = "Fellside Council"
kind = "local_authority"
connected = false
agreement = "not asked"
[[organisation]]
code = "X99013"
name = "Harbour"
kind = "voluntary"
connected = true
agreement = "no"
"""


def told(day: str, policy: tuple[Row, ...] = ROWS) -> str:
    return processing_record(read(TEXT, where="agreements"), policy, day=day)


def test_an_agreement_stands_as_it_does_on_the_day():
    row = "| Age \\| Well Northvale | X99010 | voluntary | yes | {} | 2026-04-01 | 2027-03-31 | 2.1 | not told |"
    for day, standing in (("2026-03-31", "not begun"), ("2026-04-01", "in force"), ("2027-03-31", "in force"), ("2027-04-01", "over")):
        assert row.format(standing) in told(day).splitlines()
    assert "| Fellside Council | X99012 | local_authority | no | not asked | open | open | not told | not told |" in told("2026-04-01")
    assert "| Harbour | X99013 | voluntary | yes | none | open | open | not told | not told |" in told("2026-04-01")


def test_a_clause_says_what_it_keeps_from_whom_and_whether_it_holds():
    row = "| Age \\| Well Northvale | 4.2 | Allergies, Conditions | roles link-worker; organisations X99011 | 2027-01-01 | open | {} |"
    assert row.format("no") in told("2026-12-31")
    assert row.format("yes") in told("2027-01-01")
    assert "| Age \\| Well Northvale | 5 | Results | everybody | open | open | yes |" in told("2026-12-31")


def test_every_row_of_the_policy_is_a_recipient_with_what_it_is_not_shown():
    lines = told("2026-12-31").splitlines()
    assert [line.split(" | ")[0][2:] for line in lines[lines.index("## Recipients") + 4 :][: len(ROWS)]] == [row.title for row in ROWS]
    one = told("2026-12-31", (Row("clerk", "Clerk", "HOPERAT", frozenset({"read_operations"}), frozenset({"results"})),))
    assert "| Clerk | HOPERAT | read operations | the record itself | no |" in one
    reader = Row("clerk", "Clerk", "HOPERAT", frozenset({"read_record"}), frozenset({"results"}), restricted=True)
    assert "| Clerk | HOPERAT | read record | Results | yes |" in told("2026-12-31", (reader,))
    assert "| HOPERAT | Clerk |" in one


def test_what_only_the_organisations_know_is_listed_and_not_left_out():
    assert "- How long each class of data is kept" in told("2026-12-31")


def test_it_says_whether_a_relationship_is_required():
    told = processing_record(read(TEXT, where="x"), ROWS, day="2026-11-28")
    assert "Who reads for direct care must stand in a relationship with the person, until 14 days after its end" in told
    asked = TEXT.replace('relationship = "required"\nrelationship_days_after = 14\n', 'relationship = "not asked"\n')
    assert "Who reads for direct care is not asked for a relationship with the person." in processing_record(
        read(asked, where="x"), ROWS, day="2026-11-28"
    )
