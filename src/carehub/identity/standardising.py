"""Names, postcodes, telephones and birth dates in comparable form. What was told stays in the record; these forms are only compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from carehub.identity.given_forms import ROOTS
from carehub.terms import moments, telephone

# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n", "ə": "e", "ﬁ": "fi", "ﬂ": "fl"}
)
_JOINING_MARKS = re.compile(r"['’‘ʼ`´ʻ.]")
_HYPHENS = re.compile(r"[-‐‑‒–—_]+")
_BETWEEN_HALVES = re.compile(r"[-‐‑‒–—\s]+")
_NOT_LETTERS = re.compile(r"[\W_]+")
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "doctor", "prof", "professor", "rev", "reverend", "sir", "dame", "lady", "lord", "master"}
)
_PARTICLES = frozenset({"van", "der", "den", "von", "del", "della", "las", "los", "bin", "ibn", "bint", "saint", "mac", "fitz"})

# Given names that say what the child is, not what it is called (IDENTITY 6), and what staff or testers type instead of a name.
_BABY = re.compile(r"^(?:baby|twin|triplet|infant|newborn|neonate)(?:\d+|[a-d]|i|ii|iii|boy|girl|one|two|three|male|female|twin)?$")
_NOBODY = re.compile(
    r"^(?:unknown|unkn?|notknown|unnamed|noname|nofirstname|noforename|anon|anonymous|null|nil|none|blank|void|dummy|patient|duplicate|donotuse"
    r"|delete|deleted|nfn|tbc|tba|(?:x|zz?|edi)?test(?:er|ing|patient|name)?\d*|test[a-z]?\d+|x{2,}\w*|z{2,}\w*)$"
)
_SEX_WORDS = frozenset({"male", "female", "boy", "girl"})
# First words shared by many brothers and sisters, so the next given name is part of the name.
_SHARED_FIRST = frozenset({"mohammed", "syed", "sheikh", "mian", "bibi", "noor", "abu", "umm"})
# Halves of one name ("Abdul Rahman"): joined to the next word.
_HALVES = frozenset({"abdul", "ghulam"})

_POSTCODE = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})$")
_POSTCODE_IN_TEXT = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?)\s*([0-9][A-Z]{2})\b")
_COMPACT_DATE = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
# What systems store when no birth date is known.
_NO_BIRTH_DATES = frozenset({"1753-01-01", "1800-01-01", "1900-01-01", "1901-01-01", "1111-11-11"})


def fold(text: str) -> str:
    """Lower case without accents: "Siân" and "SIAN" are "sian". Letters of other scripts stay."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def name_words(text: str) -> list[str]:
    """The words of a name, folded. Apostrophes and hyphens join ("O'Neil" is "oneil", "Anne-Marie" is "annemarie"); digits stay."""
    joined = _HYPHENS.sub("", _JOINING_MARKS.sub("", fold(text)))
    return [word for word in _NOT_LETTERS.split(joined) if word]


def family_parts(text: str) -> frozenset[str]:
    """Both halves of a double-barrelled family name as keys, and the whole; empty when there is none."""
    halves = [half for half in _BETWEEN_HALVES.split(text) if len(half) > 2 and half.casefold() not in _PARTICLES]
    return frozenset(key for key in (family_key(text), *(family_key(half) for half in halves)) if key)


def family_key(text: str) -> str:
    """A family name for comparing: folded, joined, Mac as Mc; "" for none or a placeholder. "MacDonald" and "Mc Donald" agree."""
    words = name_words(text)
    joined = "".join(words)
    if "{{" in text or not any(letter.isalpha() for letter in joined) or _NOBODY.match(joined):
        return ""
    return "mc" + joined[3:] if joined.startswith("mac") and len(joined) > 6 else joined


def is_placeholder_given(text: str) -> bool:
    """True when there is no given name in the text: nothing, BABY, TWIN 1, B/O, UNKNOWN, TEST, template text, digits."""
    return _is_placeholder(text, name_words(text))


def _is_placeholder(text: str, words: list[str]) -> bool:
    while words and words[0] in _TITLES:
        words = words[1:]
    if "{{" in text or not words or not any(letter.isalpha() for letter in words[0]):
        return True
    first, joined = words[0], "".join(words)
    if _BABY.match(first) or _NOBODY.match(first) or _NOBODY.match(joined) or first in _SEX_WORDS:
        return True
    return words[:2] in (["b", "o"], ["not", "known"], ["not", "given"], ["no", "name"], ["no", "forename"])


def given_key(text: str) -> str:
    """The first given name as its root; "" for none or a placeholder. "Kath" is "catherine", "Md Ali" is "mohammed ali".

    Given names after the first count only where the first is shared by whole families, because brothers carry it too.
    """
    told = name_words(text)
    if _is_placeholder(text, told):
        return ""
    words = [word for word in told if word not in _TITLES]
    root = ROOTS.get(words[0], words[0])
    if len(words) > 1 and root in _HALVES:
        return root + words[1]
    if len(words) > 1 and root in _SHARED_FIRST and len(words[1]) > 1:
        return f"{root} {ROOTS.get(words[1], words[1])}"
    return root


_SPELLINGS = (
    (re.compile(r"^(\w{2,}[^aeiou\s])(?:ey|ie|ee)$"), r"\1y"),
    (re.compile(r"([a-z])\1+"), r"\1"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck"), "k"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"ch(?=[rl])|c(?!h)|q"), "k"),
    (re.compile(r"z"), "s"),
    (re.compile(r"(?<![aeiou])y(?![aeiou]|$)"), "i"),
    (re.compile(r"h$|(?<=[bdfgjklmnrtvw])h|(?<=[aeiou])h(?=[bdfgjklmnrstvw])"), ""),
)


@lru_cache(maxsize=4096)  # a few names are most people's
def spelling_code(key: str) -> str:
    """A given name key with the spellings of one sound made one: "phillip" and "filip", "sarah" and "sara", "kerrie" and "kerry".

    Vowels stay, so Danielle is not Daniel's code by a vowel dropped; Soundex would make John, Jane, Joan and Jean one (J500).
    Equal codes are an equivalence: linking on them cannot depend on the order of arrival.
    """
    coded = []
    for word in key.split():
        for pattern, instead in _SPELLINGS:
            word = pattern.sub(instead, word)
        coded.append(word)
    return " ".join(coded)


def sound_code(key: str) -> str:
    """American Soundex (US National Archives, 1930 rules) of a name key, for finding candidates only; letters outside a-z are skipped."""
    letters = [letter for letter in key if letter in _SOUNDEX or letter in "aeiouyhw"]
    if not letters:
        return key[:4]
    code, last = letters[0], _SOUNDEX.get(letters[0], "")
    for letter in letters[1:]:
        digit = _SOUNDEX.get(letter, "")
        if digit and digit != last:
            code += digit
        if letter not in "hw":
            last = digit
    return (code + "000")[:4]


_SOUNDEX = {
    letter: digit
    for letters, digit in (("bfpv", "1"), ("cgjkqsxz", "2"), ("dt", "3"), ("l", "4"), ("mn", "5"), ("r", "6"))
    for letter in letters
}


def postcode(text: str) -> str:
    """ "sw1a1aa" as "SW1A 1AA"; "" when it is not a postcode, or is a ZZ99 pseudo postcode (no fixed abode, overseas: ODS pseudo codes)."""
    found = _POSTCODE.match(re.sub(r"[\s.]+", "", text).upper())
    return f"{found[1]} {found[2]}" if found and found[1] != "ZZ99" else ""


def postcode_in(text: str) -> str:
    """The last postcode inside an address written as one text, or ""."""
    found = _POSTCODE_IN_TEXT.findall(text.upper())
    return postcode("".join(found[-1])) if found else ""


def phone(text: str) -> str:
    """A telephone number in E.164, or ""."""
    return telephone.e164(text)


def birth_date(text: str) -> str:
    """A FHIR date at the precision it came with; "19440501" is read, a time is dropped (London day). "" when it is no calendar date."""
    text = text.strip()
    compact = _COMPACT_DATE.match(text)
    day = "-".join(compact.groups()) if compact else moments.london_date(text)
    return day if moments.valid_date(day) else ""


def is_no_birth_date(date: str) -> bool:
    """True for the dates that systems store when none is known."""
    return date in _NO_BIRTH_DATES


def is_default_birth_date(date: str) -> bool:
    """True for the first of January, which many are given who do not know their day: weak evidence (IDENTITY 6)."""
    return date[4:] == "-01-01" or is_no_birth_date(date)
