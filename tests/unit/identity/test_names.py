"""Names beyond their keys: titles, particles, generations, swaps, whole names, other scripts, and what a placeholder still says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehub.identity import family_forms, names, standardising

_text = st.text(max_size=40)
_name_like = st.text(alphabet="abcdeimnorstuxyzABMO'’ -.,/{}0123ñłśоβ", max_size=30)


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ("Mrs Hall", "hall"),
        ("Dr. Hall OBE", "hall"),
        ("Rev Dr Hall", "hall"),
        ("Hall Jnr", "hall"),
        ("HALL (Senior)", "hall"),
        ("Hall II", "hall"),
        ("Lord", "lord"),
        ("Junior", "junior"),
        ("Master", "master"),
        ("Not Known", ""),
        ("NOT KNOWN (BABY)", ""),
        ("Mrs Unknown", ""),
        ("NK", ""),
        ("LNU", ""),
        ("No Surname", ""),
    ],
)
def test_titles_and_letters_after_a_family_name_are_left_out(told: str, key: str) -> None:
    assert standardising.family_key(told) == key


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ("Dr Ann", "ann"),
        ("Rev. John", "john"),
        ("Haji Abdul Karim", "abdulkarim"),
        ("Haji", "haji"),
        ("Alhaja Folake", "folake"),
        ("Sister Bernadette", "bernadette"),
        ("Kasia", "catherine"),
        ("Basia", "barbara"),
        ("Zosia", "zofia"),
        ("Staszek", "stanislaw"),
        ("Maxamed", "mohammed"),
        ("Xasan", "hassan"),
        ("Cabdiraxmaan", "abdirahman"),
        ("Caasha", "aisha"),
        ("Xaliimo", "halima"),
        ("Sandeep", "sandip"),
        ("Olubunmi", "oluwabunmi"),
        ("Vova", "volodymyr"),
        ("Katrina", "catriona"),
        ("Alister", "alasdair"),
        ("FNU", ""),
        ("Not Recorded", ""),
        ("N K N", ""),
        ("BABYOF", ""),
    ],
)
def test_short_forms_and_spellings_beyond_english_have_their_root(told: str, key: str) -> None:
    assert standardising.given_key(told) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ion", "Ionut"),
        ("Constantin", "Costel"),
        ("Gerald", "Jerry"),
        ("Hassan", "Hussain"),
        ("Amina", "Amna"),
        ("Manjit", "Manpreet"),
        ("Oluwaseun", "Oluwafemi"),
        ("Abdirahman", "Abdullahi"),
        ("Christina", "Christine"),
        ("Funmilayo", "Funmilola"),
        ("Maria", "Marysia Anna"),
    ],
)
def test_names_that_one_family_may_give_twice_keep_two_roots(one: str, other: str) -> None:
    assert standardising.given_key(one) != standardising.given_key(other)


@pytest.mark.parametrize(
    ("told", "core"),
    [
        ("van der Berg", "berg"),
        ("Van Den Berg", "berg"),
        ("de Souza", "souza"),
        ("Da Silva", "silva"),
        ("O'Neill", "neill"),
        ("O’NEILL", "neill"),
        ("O Neill", "neill"),
        ("ONeill", "oneill"),
        ("Al-Sayed", "sayed"),
        ("Al Sayed", "sayed"),
        ("bin Laith", "laith"),
        ("St John", "john"),
        ("MacDonald", "mcdonald"),
        ("Mac Donald", "mcdonald"),
        ("Ap Rhys", "rhys"),
        ("Hall-Green", "hallgreen"),
        ("Ng", "ng"),
        ("De", "de"),
        ("Van", "van"),
        ("", ""),
    ],
)
def test_the_core_of_a_family_name_has_no_particles(told: str, core: str) -> None:
    assert standardising.family_core(told) == core


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Chowdhury", "Choudhury"),
        ("Chaudhry", "Choudhary"),
        ("Hussain", "Hossein"),
        ("Rahman", "Rehman"),
        ("Kowalski", "Kowalska"),
        ("Wiśniewski", "Wisniewska"),
        ("Kamiński", "KAMINSKA"),
        ("Dostoyevski", "Dostoyevskaya"),
        ("Ivanov", "Ivanova"),
        ("Papadopoulos", "Papadopoulou"),
        ("Kazlauskas", "Kazlauskienė"),
        ("Jallow", "Diallo"),
        ("McLoughlin", "Maclaughlin"),
    ],
)
def test_spellings_of_one_family_name_have_one_root(one: str, other: str) -> None:
    assert len({standardising.family_root(standardising.family_key(name)) for name in (one, other)}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Wong", "Wang"), ("Smith", "Smythe"), ("Ali", "Alia"), ("Nova", "Nov"), ("Hassan", "Hussain"), ("Thomson", "Thompson")],
)
def test_other_family_names_keep_two_roots(one: str, other: str) -> None:
    assert len({standardising.family_root(standardising.family_key(name)) for name in (one, other)}) == 2


def test_no_family_form_has_two_roots_and_each_is_a_key() -> None:
    listed = [form for line in family_forms.FAMILY_FORMS.strip().splitlines() for form in line.replace(":", "").split()]
    assert len(listed) == len(set(listed)) == len(family_forms.FAMILY_ROOTS)
    for form, root in family_forms.FAMILY_ROOTS.items():
        assert standardising.family_key(form) == form
        assert family_forms.FAMILY_ROOTS[root] == root


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("Hall Jnr", "junior"),
        ("John Hall, Jr.", "junior"),
        ("HALL SENIOR", "senior"),
        ("Hall II", "junior"),
        ("Junior", ""),
        ("Hall", ""),
        ("", ""),
    ],
)
def test_a_generation_is_read_at_the_end_of_a_name(told: str, said: str) -> None:
    assert standardising.generation(told) == said


@pytest.mark.parametrize(
    ("told", "order", "mother"),
    [
        ("TWIN 1", 1, ""),
        ("Twin 2", 2, ""),
        ("Twin2", 2, ""),
        ("TWIN TWO", 2, ""),
        ("Twin II", 2, ""),
        ("Triplet C", 3, ""),
        ("TWIN 1 OF CHIOMA", 1, "chioma"),
        ("BABY OF CHIOMA", 0, "chioma"),
        ("Baby boy of Ann", 0, "ann"),
        ("B/O Chioma", 0, "chioma"),
        ("BABY", 0, ""),
        ("Baby Boy", 0, ""),
        ("Infant", 0, ""),
        ("Twinkle", 0, ""),
        ("Ann", 0, ""),
        ("", 0, ""),
        ("TWIN 0", 0, ""),
        ("TWIN 9", 3, ""),
    ],
)
def test_a_placeholder_still_says_which_twin_and_whose_baby(told: str, order: int, mother: str) -> None:
    assert standardising.birth_order(told) == order
    assert standardising.mother_named(told) == mother


@pytest.mark.parametrize("told", ["Mei Ling", "MEI-LING", "Meiling", "Ms Mei Ling"])
def test_a_given_name_of_two_words_is_one_word_however_it_is_written(told: str) -> None:
    assert standardising.given_joined(told) == "meiling"
    assert standardising.given_joined("Baby Girl") == ""


@pytest.mark.parametrize(
    ("told", "given_name", "family"),
    [
        ("HALL, Ann Mary", "Ann Mary", "HALL"),
        ("Hall,Ann", "Ann", "Hall"),
        ("Dr Ann Mary Hall", "Ann Mary", "Hall"),
        ("Rev. Ann Hall", "Ann", "Hall"),
        ("Ann van der Berg", "Ann", "van der Berg"),
        ("Maria de Souza", "Maria", "de Souza"),
        ("Hall", "", "Hall"),
        (",", "", ""),
        ("", "", ""),
    ],
)
def test_a_whole_name_is_taken_apart(told: str, given_name: str, family: str) -> None:
    assert standardising.split_full(told) == (given_name, family)


def test_swapped_names_have_one_order() -> None:
    assert standardising.order_free("ann", "hall") == standardising.order_free("hall", "ann")
    assert standardising.order_free("ann", "hall") != standardising.order_free("ann", "halls")


@pytest.mark.parametrize(
    ("told", "latin"),
    [
        ("Дмитрий", "dmitrii"),
        ("Ольга", "olga"),
        ("Юлія", "yuliya"),
        ("Παπαδοπούλου", "papadopoulou"),
        ("Łukasz", "lukasz"),
        ("ann", "ann"),
        ("王", "王"),
    ],
)
def test_cyrillic_and_greek_are_written_in_latin_letters(told: str, latin: str) -> None:
    assert standardising.latin(told) == latin


@given(_text | _name_like)
def test_no_text_makes_a_name_function_raise(text: str) -> None:
    given_key, family_key = standardising.given_key(text), standardising.family_key(text)
    core, root = standardising.family_core(text), standardising.family_root(family_key)
    assert standardising.family_root(root) == root
    assert (core == "") == (family_key == "") or core in ("", family_key) or len(core) < len(family_key) + 2
    assert standardising.is_placeholder_given(text) == (given_key == "")
    assert standardising.birth_order(text) in (0, 1, 2, 3)
    assert " " not in standardising.mother_named(text)
    assert standardising.generation(text) in ("", "junior", "senior")
    assert standardising.latin(text) == standardising.latin(standardising.latin(text))
    assert standardising.split_full(text)[1] != "" or not text.replace(",", "").strip()


@given(_text | _name_like)
def test_keys_are_their_own_keys(text: str) -> None:
    for key_of in (standardising.family_key, standardising.given_key, standardising.given_joined, standardising.fold):
        key = key_of(text)
        assert key_of(key) == key


@given(_name_like)
def test_words_of_a_name_do_not_depend_on_its_capitals(text: str) -> None:
    assert names.words(text.upper()) == names.words(text.lower()) == names.words(text)
    assert standardising.family_core(text.upper()) == standardising.family_core(text.lower())
