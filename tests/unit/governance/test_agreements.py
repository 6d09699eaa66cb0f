"""The agreements file: what a site may say, what stops the process, and that an agreement begins and ends at midnight in London."""

from __future__ import annotations

import pytest

from carehub.governance.agreements import Agreements, read
from carehub.governance.clauses import BadAgreements

ROW = 'code = "X99010"\nname = "Age Well Northvale"\nkind = "voluntary"\nconnected = true\nagreement = "yes"\n'


def file(*rows: str, unlisted: str = "shown") -> Agreements:
    return read(
        f'unlisted = "{unlisted}"\nrelationship = "not asked"\n' + "".join(f"[[organisation]]\n{row}" for row in rows),
        where="agreements.toml",
    )


def state(row: str, day: str = "2026-11-22") -> str:
    return file(row).known(day)[0].state


def test_a_connected_organisation_that_agreed_has_nothing_to_be_said_of_it():
    assert state(ROW) == ""
    assert file(ROW).may_show("X99010", "2026-11-22")


@pytest.mark.parametrize(
    ("connected", "agreement", "expected"),
    [
        ("true", "yes", ""),
        ("true", "no", "no_agreement"),
        ("true", "not asked", "no_agreement"),
        ("false", "yes", "not_connected"),
        ("false", "not asked", "not_connected"),
        ("false", "no", "no_agreement"),
    ],
)
def test_the_state_of_an_organisation_by_its_row(connected, agreement, expected):
    assert state(ROW.replace("connected = true", f"connected = {connected}").replace('"yes"', f'"{agreement}"')) == expected


@pytest.mark.parametrize(("day", "shown"), [("2026-03-31", False), ("2026-04-01", True), ("2027-03-31", True), ("2027-04-01", False)])
def test_an_agreement_holds_from_its_first_day_to_its_last(day, shown):
    dated = ROW + "from = 2026-04-01\nuntil = 2027-03-31\n"
    assert file(dated).may_show("X99010", day) is shown
    assert state(dated, day) == ("" if shown else "no_agreement")


def test_an_agreement_may_be_for_one_day():
    assert file(ROW + "from = 2026-04-01\nuntil = 2026-04-01\n").may_show("X99010", "2026-04-01")


@pytest.mark.parametrize(("unlisted", "shown"), [("shown", True), ("not shown", False)])
def test_a_source_that_the_file_does_not_name_is_shown_only_if_the_file_says_so(unlisted, shown):
    assert file(ROW, unlisted=unlisted).may_show("X99099", "2026-11-22") is shown


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[organisation]]\n" + ROW, "unlisted must be"),
        ('unlisted = "shown"\nrelationship = "not asked"\nlisted = 1\n', "unknown key listed"),
        ("unlisted = shown", "not TOML"),
        (
            'unlisted = "shown"\nrelationship = "not asked"\n[[organisation]]\n' + ROW.replace('agreement = "yes"\n', ""),
            "agreement must be",
        ),
        ('unlisted = "shown"\nrelationship = "not asked"\n[[organisation]]\n' + ROW.replace("connected = true\n", ""), "connected must be"),
        ('unlisted = "shown"\nrelationship = "not asked"\n[[organisation]]\n' + ROW.replace('"voluntary"', '"charity"'), "kind charity"),
        ('unlisted = "shown"\nrelationship = "not asked"\n[[organisation]]\n' + ROW + 'shown_for = "all"\n', "shown_for must be"),
        ('unlisted = "shown"\nrelationship = "not asked"\n[[organisation]]\n' + ROW + 'until = "soon"\n', "until must be a date"),
        ('unlisted = "shown"\nrelationship = "not asked"\n[[organisation]]\n' + ROW + "phone = 1\n", "unknown key phone"),
        (
            'unlisted = "shown"\nrelationship = "not asked"\n[[organisation]]\n' + ROW + "from = 2026-04-02\nuntil = 2026-04-01\n",
            "until 2026-04-01 is before from 2026-04-02",
        ),
        (
            'unlisted = "shown"\nrelationship = "not asked"\n[[organisation]]\n' + ROW.replace('name = "Age Well Northvale"\n', ""),
            "name is missing",
        ),
        ('unlisted = "shown"\nrelationship = "not asked"\n' + f"[[organisation]]\n{ROW}" * 2, "X99010 is listed twice"),
    ],
)
def test_a_file_that_says_less_than_it_must_stops_the_process(text, complaint):
    with pytest.raises(BadAgreements, match=complaint):
        read(text, where="agreements.toml")


HEAD = 'unlisted = "shown"\n'
LISTED = f"[[organisation]]\n{ROW}"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HEAD, "relationship must be"),
        (HEAD + 'relationship = "sometimes"\n', "relationship must be"),
        (HEAD + "relationship = true\n", "relationship must be"),
        (HEAD + 'relationship = "required"\nrelationship_days_after = 93\n', "relationship_days_after must be"),
        (HEAD + 'relationship = "required"\nrelationship_days_after = -1\n', "relationship_days_after must be"),
        (HEAD + 'relationship = "required"\nrelationship_days_after = true\n', "relationship_days_after must be"),
        (HEAD + 'relationship = "not asked"\nrelationship_days_after = 1\n', "relationship_days_after must be"),
        (HEAD + 'relationship = "required"\n' + LISTED + 'also = "X1"\n', "also must be a list"),
        (HEAD + 'relationship = "required"\n' + LISTED + 'also = ["X99010"]\n', "X99010 is listed twice"),
    ],
)
def test_whether_relationships_are_required_has_no_default_and_no_rest_that_nothing_reads(text, complaint):
    with pytest.raises(BadAgreements, match=complaint):
        read(text, where="agreements.toml")


def test_a_relationship_ends_at_its_end_unless_the_site_says_otherwise():
    held = read(HEAD + 'relationship = "required"\n', where="agreements.toml")
    assert (held.relationship, held.days_after) == (True, 0)
    assert Agreements().relationship is False
