"""Names, postcodes, telephones and birth dates in comparable form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehub.identity import standardising
from carehub.identity.given_forms import FORMS, ROOTS


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ("O'Neill", "oneill"),
        ("O’NEILL", "oneill"),
        ("MacDonald", "mcdonald"),
        ("Mc Donald", "mcdonald"),
        ("Mack", "mack"),
        ("Łukasik", "lukasik"),
        ("Ní Bhriain", "nibhriain"),
        ("Smith-Jones", "smithjones"),
        ("SMITH JONES", "smithjones"),
        ("Sørensen", "sorensen"),
        ("Δημητρίου", "δημητριου"),
        ("", ""),
        ("UNKNOWN", ""),
        ("XXTESTPATIENT-TIAA", ""),
        ("{{surname}}", ""),
        ("123", ""),
    ],
)
def test_a_family_name_becomes_one_key(told: str, key: str) -> None:
    assert standardising.family_key(told) == key


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ("Siân", "sian"),
        ("Seán Michael", "sean"),
        ("Shaun", "sean"),
        ("Kath", "catherine"),
        ("KATHRYN", "catherine"),
        ("Dai", "david"),
        ("Małgorzata", "malgorzata"),
        ("Gosia", "malgorzata"),
        ("Seun", "oluwaseun"),
        ("Mrs Ann", "ann"),
        ("Anne-Marie", "annemarie"),
        ("Muhammad", "mohammed"),
        ("Md. Ali", "mohammed ali"),
        ("Mohammed Hassan", "mohammed hassan"),
        ("Mohammed H", "mohammed"),
        ("Abdul Rahman", "abdulrahman"),
        ("Abdulrahman", "abdulrahman"),
        ("Abdul", "abdul"),
        ("J", "j"),
        ("Alex", "alex"),
        ("Daniel", "daniel"),
        ("Danielle", "danielle"),
    ],
)
def test_a_first_name_becomes_its_root(told: str, key: str) -> None:
    assert standardising.given_key(told) == key


@pytest.mark.parametrize(
    "told",
    [
        "",
        " ",
        "-",
        "Baby",
        "BABY OF CHIOMA",
        "Baby Boy",
        "babygirl",
        "TWIN",
        "Twin 1",
        "Twin2",
        "Twin One",
        "Triplet A",
        "INFANT",
        "Newborn",
        "Male",
        "Female Infant",
        "B/O Okafor",
        "Unknown",
        "UNK",
        "Not Known",
        "not given",
        "No Name",
        "Anon",
        "Test",
        "TESTPATIENT",
        "test2",
        "EdiTest",
        "Zztest",
        "ZZZ",
        "xxx",
        "Donotuse",
        "{{given}}",
        "1",
        "Mr",
        "Miss Unknown",
    ],
)
def test_a_word_in_place_of_a_first_name_is_no_name(told: str) -> None:
    assert standardising.is_placeholder_given(told)
    assert standardising.given_key(told) == ""


@pytest.mark.parametrize("told", ["Babita", "Testino", "Malena", "Girlie", "Bonnie", "Xavier", "Zuzanna", "Annona", "Noah", "Twinkle"])
def test_a_name_that_only_looks_like_such_a_word_is_kept(told: str) -> None:
    assert standardising.given_key(told) == told.casefold()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Philip", "Phillip"),
        ("Filip", "Philip"),
        ("Sarah", "Sara"),
        ("John", "Jon"),
        ("Christopher", "Kristofer"),
        ("Marc", "Mark"),
        ("Kerry", "Kerrie"),
        ("Lynda", "Linda"),
        ("Isabel", "Izabel"),
        ("Ahmed", "Ahmad"),
        ("Hannah", "Hanna"),
        ("Stacey", "Stacy"),
    ],
)
def test_spellings_of_one_name_have_one_code(one: str, other: str) -> None:
    codes = {standardising.spelling_code(standardising.given_key(name)) for name in (one, other)}
    assert len(codes) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("John", "Jane"),
        ("Joan", "Jean"),
        ("Daniel", "Danielle"),
        ("Gabriel", "Gabrielle"),
        ("Eli", "Ellie"),
        ("Francis", "Frances"),
        ("Paul", "Paula"),
        ("Mia", "Mya"),
        ("Ada", "Ade"),
        ("Hassan", "Hussein"),
        ("Muhammad Ali", "Muhammad Hassan"),
        ("Christian", "Christine"),
        ("Abdul Karim", "Abdul Rahman"),
        ("Tony", "Toni"),
        ("Sarah", "Sally"),
        ("Susan", "Suzanne"),
        ("Johan", "Joan"),
        ("Andrew", "Andrea"),
    ],
)
def test_names_that_twins_may_have_keep_different_codes(one: str, other: str) -> None:
    codes = {standardising.spelling_code(standardising.given_key(name)) for name in (one, other)}
    assert len(codes) == 2


def test_no_form_has_two_roots() -> None:
    listed = [form for line in FORMS.strip().splitlines() for form in line.replace(":", "").split()]
    assert len(listed) == len(set(listed)) == len(ROOTS)


def test_every_root_is_its_own_root_and_every_form_is_already_folded() -> None:
    for form, root in ROOTS.items():
        assert ROOTS[root] == root
        assert standardising.name_words(form) == [form]


@given(st.text(max_size=30))
def test_a_family_key_of_any_text_is_its_own_key(text: str) -> None:
    key = standardising.family_key(text)
    assert standardising.family_key(key) == key


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzáèîöçñ' -", max_size=30))
def test_case_never_shows_in_a_key(text: str) -> None:
    assert standardising.given_key(text) == standardising.given_key(text.upper())
    assert standardising.family_key(text) == standardising.family_key(text.upper())


def test_double_barrelled_names_give_their_halves() -> None:
    assert standardising.family_parts("Okafor-Hale") == {"okaforhale", "okafor", "hale"}
    assert standardising.family_parts("van der Berg") == {"vanderberg", "berg"}
    assert standardising.family_parts("") == frozenset()


@pytest.mark.parametrize(
    ("key", "code"), [("robert", "r163"), ("rupert", "r163"), ("ashcraft", "a261"), ("tymczak", "t522"), ("pfister", "p236"), ("a", "a000")]
)
def test_soundex_follows_the_published_examples(key: str, code: str) -> None:
    assert standardising.sound_code(key) == code


def test_a_name_in_another_script_has_a_sound_code_of_its_own_letters() -> None:
    assert standardising.sound_code("δημητριου") == "δημη"


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("sw1a1aa", "SW1A 1AA"),
        (" ZB1  1AA ", "ZB1 1AA"),
        ("LS01 1AB", "LS01 1AB"),
        ("ZZ99 3VZ", ""),
        ("zz993cz", ""),
        ("", ""),
        ("none", ""),
    ],
)
def test_postcodes_have_one_form_and_pseudo_postcodes_none(told: str, written: str) -> None:
    assert standardising.postcode(told) == written


def test_a_postcode_is_found_at_the_end_of_an_address_text() -> None:
    assert standardising.postcode_in("1 Quarry Row, Beckfold, ZB1 1AA") == "ZB1 1AA"
    assert standardising.postcode_in("1 Quarry Row, Beckfold") == ""


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("020 7946 0123", "+442079460123"),
        ("+44 (0)113 496 0100", "+441134960100"),
        ("07700 900123", "+447700900123"),
        ("00" + "44 20 7946 0123", "+442079460123"),
        ("07700", ""),
        ("no phone", ""),
        ("", ""),
    ],
)
def test_telephone_numbers_have_one_form(told: str, number: str) -> None:
    assert standardising.phone(told) == number


@given(st.from_regex(r"0[0-9 ]{8,13}", fullmatch=True))
def test_the_usual_british_form_is_read_as_the_number_plans_read_it(told: str) -> None:
    # Brackets take it out of the usual form and mean nothing to the number plans.
    assert standardising.phone(told) == standardising.phone(f"({told[:1]}){told[1:]}")


@pytest.mark.parametrize(
    ("told", "date"),
    [
        ("1944-05-01", "1944-05-01"),
        ("1944-05", "1944-05"),
        ("1944", "1944"),
        ("19440501", "1944-05-01"),
        (" 1944-05-01 ", "1944-05-01"),
        ("1944-04-30T23:30:00Z", "1944-05-01"),
        ("1944-02-31", ""),
        ("31/02/1944", ""),
        ("", ""),
    ],
)
def test_birth_dates_keep_their_precision(told: str, date: str) -> None:
    assert standardising.birth_date(told) == date


def test_dates_that_stand_for_not_known_are_told_apart() -> None:
    assert standardising.is_no_birth_date("1900-01-01")
    assert not standardising.is_no_birth_date("1962-01-01")
    assert standardising.is_default_birth_date("1962-01-01")
    assert not standardising.is_default_birth_date("1962-11-01")
