"""Given and family names in comparable form. What was told stays in the record; these forms are only compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from carehub.identity.family_forms import FAMILY_ROOTS
from carehub.identity.given_forms import ROOTS

# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n", "ə": "e", "ﬁ": "fi", "ﬂ": "fl"}
)
_JOINING_MARKS = re.compile(r"['’‘ʼ`´ʻ.]")
_HYPHENS = re.compile(r"[-‐‑‒–—_]+")
_BETWEEN_HALVES = re.compile(r"[-‐‑‒–—\s]+")
_NOT_LETTERS = re.compile(r"[\W_]+")
_TITLES = frozenset(
    {
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "mstr",
        "dr",
        "doctor",
        "prof",
        "professor",
        "rev",
        "revd",
        "reverend",
        "rabbi",
        "canon",
        "cllr",
        "capt",
    }
    | {"sgt", "sir", "dame", "lady", "lord", "master"}
)
# Said before a name, and names themselves when alone: "Haji Abdul" is Abdul.
_HONORIFICS = frozenset({"haji", "hajji", "hajja", "alhaji", "alhaja", "pastor", "sister", "brother", "father"})
_GENERATIONS = {"jr": "junior", "jnr": "junior", "junior": "junior", "ii": "junior", "sr": "senior", "snr": "senior", "senior": "senior"}
_AFTER_NAMES = frozenset({*_GENERATIONS, "iii", "obe", "mbe", "cbe", "phd", "frcs", "frcp", "mrcp", "mrcgp", "esq", "deceased", "decd"})
_PARTICLES = frozenset(
    {"van", "der", "den", "de", "von", "zu", "del", "della", "di", "da", "do", "dos", "das", "du", "la", "le", "las", "los", "ter", "ten"}
    | {"bin", "ibn", "bint", "ben", "al", "el", "ul", "ur", "saint", "st", "o", "ni", "ap", "ab"}
)
# A double-barrelled name's halves are keys only where they are names: these are not.
_NOT_HALVES = frozenset({"van", "der", "den", "von", "del", "della", "las", "los", "bin", "ibn", "bint", "saint", "mac", "fitz"})

# Given names that say what the child is, not what it is called (IDENTITY 6), and what staff or testers type instead of a name.
_BABY = re.compile(r"^(?:baby|twin|triplet|infant|newborn|neonate)(?:\d+|[a-d]|i|ii|iii|boy|girl|one|two|three|male|female|twin|of)?$")
_NOBODY = re.compile(
    r"^(?:unknown|unkn?|notknown|notgiven|notstated|notrecorded|nkn?|fnu|lnu|unnamed|noname|nofirstname|noforename|nosurname|anon|anonymous"
    r"|null|nil|none|blank|void|dummy|patient|duplicate|donotuse|delete|deleted|nfn|tbc|tba|(?:x|zz?|edi)?test(?:er|ing|patient|name)?\d*"
    r"|test[a-z]?\d+|x{2,}\w*|z{2,}\w*)$"
)
_NO_NAME_PAIRS = ("b o", "not known", "not given", "not stated", "not recorded", "no name", "no forename", "no surname", "do not", "n k n")
_SEX_WORDS = frozenset({"male", "female", "boy", "girl"})
_BIRTH_ORDER = re.compile(r"\b(?:twin|triplet|baby)\s*(?:no\s*)?(\d|one|two|three|i{1,3}|[abc])\b")
_ORDERS = {"one": 1, "two": 2, "three": 3, "i": 1, "ii": 2, "iii": 3, "a": 1, "b": 2, "c": 3}
_MOTHER = re.compile(r"\b(?:baby|infant|twin(?: \d)?|newborn|b) ?(?:boy |girl )?(?:of|o) (\w{2,})")
# First words shared by many brothers and sisters, so the next given name is part of the name.
_SHARED_FIRST = frozenset({"mohammed", "syed", "sheikh", "mian", "bibi", "noor", "abu", "umm"})
# Halves of one name ("Abdul Rahman"): joined to the next word.
_HALVES = frozenset({"abdul", "ghulam"})


def fold(text: str) -> str:
    """Lower case without accents: "Siân" and "SIAN" are "sian". Letters of other scripts stay."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """The words of a name, folded. Apostrophes and hyphens join ("O'Neil" is "oneil", "Anne-Marie" is "annemarie"); digits stay."""
    joined = _HYPHENS.sub("", _JOINING_MARKS.sub("", fold(text)))
    return tuple(word for word in _NOT_LETTERS.split(joined) if word)


def name_words(text: str) -> list[str]:
    """`words` as a list."""
    return list(words(text))


def _bare(told: tuple[str, ...]) -> tuple[str, ...]:
    """Without titles before and letters after the name, as long as a word is left: "Dr Ann Lee OBE" is "ann lee"."""
    first, last = 0, len(told)
    while last - first > 1 and told[first] in _TITLES:
        first += 1
    while last - first > 1 and told[last - 1] in _AFTER_NAMES:
        last -= 1
    return told[first:last]


@lru_cache(maxsize=65536)
def family_key(text: str) -> str:
    """A family name for comparing: folded, joined, Mac as Mc; "" for none or a placeholder. "MacDonald" and "Mc Donald" agree.

    A title before it and letters after it are left out ("Mrs Hall", "Hall Jnr", "Hall OBE"). A key is its own key.
    """
    told = words(text)
    joined = "".join(_bare(told))
    if "{{" in text or not any(letter.isalpha() for letter in joined) or _NOBODY.match(joined) or " ".join(told[:2]) in _NO_NAME_PAIRS:
        return ""
    return "mc" + joined[3:] if joined.startswith("mac") and len(joined) > 6 else joined


@lru_cache(maxsize=65536)
def family_parts(text: str) -> frozenset[str]:
    """Both halves of a double-barrelled family name as keys, and the whole; empty when there is none."""
    halves = [half for half in _BETWEEN_HALVES.split(text) if len(half) > 2 and half.casefold() not in _NOT_HALVES]
    return frozenset(key for key in (family_key(text), *(family_key(half) for half in halves)) if key)


@lru_cache(maxsize=65536)
def family_core(text: str) -> str:
    """The family key without particles before the name: "van der Berg" is "berg", "O'Neill" "neill", "Al-Sayed" "sayed", "de Souza" "souza".

    The key itself where there is none, or where nothing would be left ("De"). Two families may have one core: weaker than the key.
    """
    told = [word for word in _NOT_LETTERS.split(_HYPHENS.sub(" ", re.sub(r"^\s*[oO]['’`´ʼ]", "o ", fold(text)))) if word]
    while len(told) > 1 and told[0] in _PARTICLES:
        told = told[1:]
    return family_key(" ".join(told))


@lru_cache(maxsize=65536)
def family_root(key: str) -> str:
    """A family key (of `family_key`) with the spellings of one name and endings by sex made one; else the key.

    "choudhury" is "chowdhury", "hossain" "hussain", "kowalska" "kowalski", "ivanova" "ivanov", "papadopoulou" "papadopoulos". A root is its own
    root. Evidence that two spellings may be one name, weaker than equal keys: never a reason by itself.
    """
    if key in FAMILY_ROOTS:
        return FAMILY_ROOTS[key]
    if len(key) > 5:
        for ending, instead in _BY_SEX:
            if key.endswith(ending):
                return key[: -len(ending)] + instead
    return key


_BY_SEX = (
    ("ska", "ski"),
    ("cka", "cki"),
    ("dzka", "dzki"),
    ("skaya", "ski"),
    ("skaia", "ski"),
    ("skiy", "ski"),
    ("skyi", "ski"),
    ("ova", "ov"),
    ("eva", "ev"),
    ("poulou", "poulos"),
    ("auskiene", "auskas"),
    ("auskaite", "auskas"),
)


def generation(text: str) -> str:
    """ "junior" or "senior" where a name ends so ("John Hall Jnr", "Hall II"), else "": what tells father and son of one name apart."""
    told = words(text)
    return _GENERATIONS.get(told[-1], "") if len(told) > 1 else ""


@lru_cache(maxsize=65536)
def is_placeholder_given(text: str) -> bool:
    """True when there is no given name in the text: nothing, BABY, TWIN 1, B/O, UNKNOWN, TEST, template text, digits."""
    told = words(text)
    while told and told[0] in _TITLES:
        told = told[1:]
    if "{{" in text or not told or not any(letter.isalpha() for letter in told[0]):
        return True
    first = told[0]
    if _BABY.match(first) or _NOBODY.match(first) or _NOBODY.match("".join(told)) or first in _SEX_WORDS:
        return True
    return " ".join(told[:2]) in _NO_NAME_PAIRS


def is_only_title(text: str) -> bool:
    """True where a title stands in a name's place ("Mrs", "Dr."): nothing was said, which is not the same as a child not named yet."""
    told = words(text)
    return bool(told) and all(word in _TITLES for word in told)


@lru_cache(maxsize=65536)
def given_key(text: str) -> str:
    """The first given name as its root; "" for none or a placeholder. "Kath" is "catherine", "Md Ali" is "mohammed ali".

    Given names after the first count only where the first is shared by whole families, because brothers carry it too.
    """
    if is_placeholder_given(text):
        return ""
    told = [word for word in words(text) if word not in _TITLES]
    while len(told) > 1 and told[0] in _HONORIFICS:
        told = told[1:]
    root = ROOTS.get(told[0], told[0])
    if len(told) > 1 and root in _HALVES:
        return root + told[1]
    if len(told) > 1 and root in _SHARED_FIRST and len(told[1]) > 1:
        return f"{root} {ROOTS.get(told[1], told[1])}"
    return root


def given_joined(text: str) -> str:
    """All given names as one word, "" for a placeholder: "Mei Ling", "Mei-Ling" and "Meiling" are "meiling"; titles are left out."""
    return "" if is_placeholder_given(text) else "".join(word for word in _bare(words(text)) if word not in _TITLES)


def birth_order(given: str) -> int:
    """1, 2 or 3 where a placeholder says which child of one birth ("TWIN 1", "Triplet B", "BABY TWO", "Twin II"), else 0.

    Two different numbers are two people; one and the same number says only that.
    """
    if not is_placeholder_given(given):
        return 0
    found = _BIRTH_ORDER.search(" ".join(words(given)))
    if not found:
        return 0
    return min(int(found[1]), 3) if found[1].isdigit() else _ORDERS[found[1]]


def mother_named(given: str) -> str:
    """The mother's name in a placeholder, folded: "BABY OF CHIOMA" and "B/O Chioma" give "chioma"; "" where none is named."""
    found = _MOTHER.search(" ".join(words(given))) if is_placeholder_given(given) else None
    return found[1] if found else ""


def order_free(given: str, family: str) -> tuple[str, str]:
    """Two names (or keys) in one order whichever way round they were told: what a swap of the columns does not change."""
    return (given, family) if given <= family else (family, given)


def split_full(text: str) -> tuple[str, str]:
    """(given, family) as told in a whole name: "HALL, Ann Mary" and "Dr Ann Mary Hall" are ("Ann Mary", "Hall"), particles with the family name.

    One word is a family name. Names that are told family first without a comma cannot be told from others, and come out swapped.
    """
    family, comma, given = text.partition(",")
    if comma and family.strip():
        return " ".join(given.split()), " ".join(family.split())
    told = text.replace(",", " ").split()
    while len(told) > 1 and fold(told[0]).strip(".") in _TITLES:
        told = told[1:]
    start = max(len(told) - 1, 0)
    while start > 1 and fold(told[start - 1]) in _PARTICLES and len(told[start - 1]) > 1:
        start -= 1
    return " ".join(told[:start]), " ".join(told[start:])


_CYRILLIC = "а-a б-b в-v г-g д-d е-e ё-e ж-zh з-z и-i й-y к-k л-l м-m н-n о-o п-p р-r с-s т-t у-u ф-f х-kh ц-ts ч-ch ш-sh щ-shch ъ- ы-y ь-"
_CYRILLIC += " э-e ю-yu я-ya і-i ї-yi є-ye ґ-g ў-u"
_GREEK = "α-a β-v γ-g δ-d ε-e ζ-z η-i θ-th ι-i κ-k λ-l μ-m ν-n ξ-x ο-o π-p ρ-r σ-s ς-s τ-t υ-y φ-f χ-ch ψ-ps ω-o"
_LATIN = str.maketrans(dict(pair.split("-") for pair in f"{_CYRILLIC} {_GREEK}".split()))


def latin(text: str) -> str:
    """A folded name with Cyrillic and Greek letters written in Latin ones, as passports have them nearly: "дмитрий" is "dmitrii". Others stay."""
    return text if text.isascii() else fold(text).translate(_LATIN).replace("oy", "ou")
