"""Codes under which spellings of one sound are one: of given names for comparing, of any name for finding candidates."""

from __future__ import annotations

import re
from functools import lru_cache

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


@lru_cache(maxsize=65536)  # a few names are most people's
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


@lru_cache(maxsize=65536)
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
