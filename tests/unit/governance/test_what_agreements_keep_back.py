"""What an agreement and its clauses keep back, from whom and when: the rules in words, and how a site's file is read into them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.governance.agreements import Agreements, KnownAs, SharingAgreement, read
from carehub.governance.clauses import BadAgreements, Clause
from carehub.governance.requester import Requester
from carehub.terms.organisations import SourceKind

DAY = "2026-11-22"
GP = Requester("u1", "Amir Khan", "gp", "X99301", "Elmfield Surgery", "TREAT")
OURS = {GP.organisation}
SAID = "Not shown to you here, by clause {} of the sharing agreement with {}."
HEAD = 'unlisted = "not shown"\nrelationship = "not asked"\n'
ROW = '[[organisation]]\ncode = "X99010"\nname = "Age Well"\nkind = "voluntary"\nconnected = true\nagreement = "yes"\n'


def file(text: str) -> Agreements:
    return read(text, where="agreements.toml")


def listed(more: str = "", row: str = ROW) -> SharingAgreement:
    return file(HEAD + row + more).listed[0]


def of(*clauses: Clause, code: str = "A") -> SharingAgreement:
    return SharingAgreement(code, f"Name of {code}", SourceKind.GP, connected=True, agreed=True, clauses=clauses)


def clause(id: str = "1", *classes: str, **more) -> Clause:
    return Clause(id, frozenset(classes or ("results",)), **more)


def only(*codes: str) -> frozenset[str]:
    return frozenset(codes)


# From whom


def test_a_clause_that_names_nobody_keeps_its_class_from_everybody():
    assert clause().holds(GP, DAY, OURS)
    assert clause().holds(replace(GP, role="link-worker", organisation="Z", purpose="HOPERAT"), DAY, {"Z"})


@pytest.mark.parametrize(
    ("named", "other"),
    [
        ({"roles": only("gp", "district-nurse")}, {"role": "link-worker"}),
        ({"organisations": only("X99301")}, {"organisation": "X99302"}),
        ({"purposes": only("TREAT")}, {"purpose": "HCOMPL"}),
    ],
)
def test_a_clause_keeps_its_class_from_whom_it_names_and_from_nobody_else(named, other):
    assert clause(**named).holds(GP, DAY, OURS)
    reader = replace(GP, **other)
    assert not clause(**named).holds(reader, DAY, {reader.organisation})


def test_a_clause_that_names_a_role_and_an_organisation_means_those_who_are_both():
    both = clause(roles=only("gp"), organisations=only("X99301"))
    assert both.holds(GP, DAY, OURS)
    assert not both.holds(replace(GP, organisation="X99302"), DAY, {"X99302"})
    assert not both.holds(replace(GP, role="link-worker"), DAY, OURS)


@pytest.mark.parametrize("named", ["X99301", "X99305"])
@pytest.mark.parametrize("signs_in", ["X99301", "X99305"])
def test_a_clause_that_names_an_organisation_means_it_by_whichever_of_its_codes_it_is_named_or_signs_in(named, signs_in):
    surgery = replace(of(code="X99301"), also=only("X99305"))
    site = Agreements((surgery, of(clause(organisations=only(named)), code="B")))
    assert site.kept_back("B", replace(GP, organisation=signs_in), DAY) == {"results": SAID.format("1", "Name of B")}
    assert site.kept_back("B", replace(GP, organisation="X99302"), DAY) == {}


# When


@pytest.mark.parametrize(
    ("begins", "ends", "days"),
    [
        ("", "", {"2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"}),
        ("2026-11-22", "", {"2026-11-22", "2026-11-23", "2026-11-24"}),
        ("", "2026-11-23", {"2026-11-21", "2026-11-22", "2026-11-23"}),
        ("2026-11-22", "2026-11-23", {"2026-11-22", "2026-11-23"}),
        ("2026-11-22", "2026-11-22", {"2026-11-22"}),
    ],
)
def test_a_clause_holds_from_its_first_day_to_its_last_both_counted(begins, ends, days):
    dated = clause(begins=begins, ends=ends)
    tried = ("2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24")
    assert {day for day in tried if dated.holds(GP, day, OURS)} == {day for day in tried if dated.in_force(day)} == days


# What


def test_a_reader_is_told_which_clause_keeps_each_class_back_and_of_two_the_first():
    agreement = of(clause("7", "results", "problems"), clause("8", "problems", "medicines"))
    told = {"results": "7", "problems": "7", "medicines": "8"}
    assert agreement.kept_back(GP, DAY, OURS) == {key: SAID.format(id, "Name of A") for key, id in told.items()}


def test_a_clause_that_does_not_hold_is_not_named_for_one_that_does():
    agreement = of(clause("7", ends="2026-11-21"), clause("8"))
    assert agreement.kept_back(GP, DAY, OURS) == {"results": SAID.format("8", "Name of A")}
    assert of(clause("7", ends="2026-11-21")).kept_back(GP, DAY, OURS) == {}


def test_a_clause_keeps_back_the_data_of_its_own_organisation_and_of_no_other():
    site = Agreements((of(clause("1", "results"), code="A"), of(clause("2", "problems"), code="B"), of(code="C")))
    assert site.kept_back("A", GP, DAY) == {"results": SAID.format("1", "Name of A")}
    assert site.kept_back("B", GP, DAY) == {"problems": SAID.format("2", "Name of B")}
    assert site.kept_back("C", GP, DAY) == site.kept_back("not listed", GP, DAY) == {}


# Who may be shown at all


@pytest.mark.parametrize(("connected", "agreement"), [("true", "not asked"), ("true", "no"), ("false", "not asked"), ("false", "no")])
def test_who_has_not_agreed_is_not_shown_though_unlisted_sources_are(connected, agreement):
    row = ROW.replace("connected = true", f"connected = {connected}").replace('"yes"', f'"{agreement}"')
    site = file(HEAD.replace("not shown", "shown") + row)
    assert not site.may_show("X99010", DAY)
    assert site.may_show("X99011", DAY)


@pytest.mark.parametrize("unlisted", [True, False])
def test_an_agreement_is_about_all_that_its_organisation_sends_under_whichever_of_its_codes(unlisted):
    ended = replace(of(code="A"), also=only("A2"), ends="2026-11-21")
    kept = replace(of(clause(), code="B"), also=only("B2"))
    site = Agreements((ended, kept), unlisted)
    assert [site.may_show(code, DAY) for code in ("A", "A2", "B", "B2", "C")] == [False, False, True, True, unlisted]
    assert site.kept_back("B2", GP, DAY) == site.kept_back("B", GP, DAY) == {"results": SAID.format("1", "Name of B")}


def test_without_a_file_every_source_is_shown_whole_and_no_relationship_is_asked_for():
    nothing = Agreements()
    assert nothing.may_show("X99010", DAY)
    assert nothing.kept_back("X99010", GP, DAY) == {}
    assert (nothing.relationship, nothing.days_after, nothing.known(DAY), nothing.text) == (False, 0, (), "")


# By which names an organisation is known


def test_an_organisation_goes_by_every_code_of_its_row_whichever_one_its_staff_sign_in_with():
    site = Agreements((replace(of(code="A"), also=only("A2", "A3")), of(code="B")))
    for code in ("A", "A2", "A3"):
        known = site.known_as(replace(GP, organisation=code, organisation_name=" The Surgery "))
        assert known == KnownAs(only("A", "A2", "A3"), only("name of a", "the surgery"))
    assert site.known_as(replace(GP, organisation="C")) == KnownAs(only("C"), only("elmfield surgery"))


def test_an_empty_code_or_name_is_nobodys():
    assert Agreements((of(),)).known_as(replace(GP, organisation="", organisation_name=" ")) == KnownAs(frozenset(), frozenset())


# How the file is read


def test_a_row_that_says_only_what_it_must_is_of_everybody_for_ever_and_keeps_nothing_back():
    assert listed() == SharingAgreement("X99010", "Age Well", SourceKind.VOLUNTARY, connected=True, agreed=True)


def test_a_row_is_read_as_it_says():
    more = 'adapter = "voluntary"\nshown_for = "known"\nversion = " 3"\nbasis = "by contract"\nalso = [" A1 "]\nuntil = 2027-03-31\n'
    expected = SharingAgreement("X99010", "Age Well", SourceKind.VOLUNTARY, connected=True, agreed=True)
    named = {"adapter": "voluntary", "everyone": False, "version": " 3", "basis": "by contract", "also": only("A1"), "ends": "2027-03-31"}
    assert listed(more) == replace(expected, **named)
    assert listed('shown_for = "everyone"\n').everyone


def test_a_clause_is_read_as_it_says():
    told = '[[organisation.clause]]\nid = " 4.2 "\nclasses = ["results", " problems "]\n'
    meant = 'roles = ["gp"]\norganisations = ["X99301", "X99302"]\npurposes = ["TREAT"]\nfrom = 2026-04-01\n'
    expected = clause("4.2", "results", "problems")
    whom = {"roles": only("gp"), "organisations": only("X99301", "X99302"), "purposes": only("TREAT"), "begins": "2026-04-01"}
    second = '[[organisation.clause]]\nid = "5"\nclasses = ["medicines"]\nuntil = 2026-12-31\n'
    assert listed(told).clauses == (expected,)
    assert listed(told + meant + second).clauses == (replace(expected, **whom), clause("5", "medicines", ends="2026-12-31"))


@pytest.mark.parametrize("days", [0, 1, 92])
def test_a_relationship_may_count_for_up_to_three_months_after_its_end_where_one_is_asked_for(days):
    site = file(f'unlisted = "shown"\nrelationship = "required"\nrelationship_days_after = {days}\n')
    assert (site.relationship, site.days_after) == (True, days)


def test_the_same_agreements_in_other_words_are_the_same_and_their_text_is_kept_but_not_told():
    once, again = file(HEAD + ROW), file(f"# as signed\n{HEAD}{ROW}")
    assert once == again
    assert again.text == f"# as signed\n{HEAD}{ROW}"
    assert "as signed" not in repr(again)


CLAUSE = '[[organisation.clause]]\nid = "1"\nclasses = ["results"]\n'


@pytest.mark.parametrize(
    "wrong",
    [
        HEAD + 'organisation = ""\n',
        HEAD + "organisation = 1\n",
        HEAD + "organisation = [1]\n",
        HEAD + "[organisation]\n",
        HEAD + ROW.replace('"Age Well"', '"  "'),
        HEAD + ROW.replace('"X99010"', "10"),
        HEAD + ROW + 'clause = ""\n',
        HEAD + ROW + "clause = {}\n",
        HEAD + ROW + "clause = 1\n",
        HEAD + ROW + 'also = [" "]\n',
        HEAD + ROW + CLAUSE.replace('"1"', '" "'),
        HEAD + ROW + CLAUSE.replace('"1"', "1"),
        HEAD + ROW + CLAUSE.replace('classes = ["results"]\n', ""),
        HEAD + ROW + CLAUSE.replace('"results"', '" "'),
        HEAD + ROW + CLAUSE + 'roles = [" "]\n',
        HEAD + ROW + CLAUSE + "purposes = []\n",
    ],
)
def test_what_looks_like_an_agreement_or_a_clause_and_would_hold_nobody_is_refused(wrong):
    with pytest.raises(BadAgreements, match="agreements"):
        file(wrong)
