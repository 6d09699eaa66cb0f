"""Which of the sections that come first a record belongs to, by the words and codes of its source. A table to read aloud with a clinician."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from carehub.terms.codes import SNOMED

# Kinds of document, SNOMED CT, as the National Record Locator lists its pointer types.
_DOCUMENTS: dict[str, str] = {
    f"{SNOMED}|1382601000000107": "advance",  # ReSPECT form
    f"{SNOMED}|736373009": "advance",  # end of life care plan
    f"{SNOMED}|861421000000109": "advance",  # end of life care coordination summary
    f"{SNOMED}|735324008": "advance",  # treatment escalation plan
    f"{SNOMED}|736366004": "advance",  # advance care plan
    f"{SNOMED}|325691000000100": "contingency",  # contingency plan
    f"{SNOMED}|736253002": "contingency",  # mental health crisis plan
    f"{SNOMED}|887701000000100": "contingency",  # emergency health care plan
}

# The first section that fits counts. Words in a source's own title, in any case; a space may be a hyphen.
_TABLE: dict[str, tuple[str, ...]] = {
    "safeguarding": (
        "safeguard",
        "child protection",
        "child in need",
        "adult at risk",
        "vulnerable adult",
        "domestic abuse",
        "domestic violence",
        "looked after child",
    ),
    "contingency": (
        "contingency plan",
        "crisis plan",
        "safety plan",
        "emergency health care plan",
        "emergency healthcare plan",
        "emergency care plan",
    ),
    "advance": (
        "dnacpr",
        r"dnar\b",
        "resuscitat",
        r"\bcpr\b",
        "respect form",
        "respect plan",
        "recommended summary plan for emergency",
        "treatment escalation",
        "power of attorney",
        r"\blpa\b",
        "advance decision",
        "advance directive",
        "advance statement",
        "advance care plan",
        "refuse treatment",
        r"\badrt\b",
        "end of life care",
        "gold standards framework",
        "palliative care register",
        "preferred place of death",
        "preferred place of care",
        "anticipatory medic",
        "deprivation of liberty",
        "mental capacity",
    ),
    "risks": (
        "risk of violence",
        "violent",
        "aggressive behaviour",
        "lone worker",
        "suicid",
        "self harm",
        "selfharm",
        "mrsa",
        "risk of fall",
        "fire risk",
        "risk to self",
        "risk to others",
        "risk to staff",
        "infection risk",
    ),
    "adjustments": (
        "reasonable adjustment",
        "accessible information",
        "interpreter",
        "large print",
        "braille",
        "easy read",
        "sign language",
        "communication need",
        "communication support",
        "longer appointment",
    ),
}
_FORM = re.compile(
    r"\bcpr\b|dnacpr|dnar\b|resuscitat|\brespect\b|power of attorney|\blpa\b|advance decision|refuse treatment|\badrt\b", re.IGNORECASE
)
_KEPT = re.compile(r"\b(?:kept|held|stored|cop(?:y|ies)|original|folder|fridge|location)\b", re.IGNORECASE)


# A decision that nothing but these words says, in whole; what says more, or asks or reports, is left to the reader.
_BEFORE = r"(?:(?:respect(?: form)?|decision|recommendation):? *)?"
_CPR = r"(?:cpr|(?:cardio ?pulmonary )?resuscitation)"
_NOT_FOR = re.compile(
    rf"{_BEFORE}(?:(?:is )?not for (?:attempted )?{_CPR}(?: \(dnacpr\))?|cpr attempts? not recommended"
    rf"|do not attempt {_CPR}(?: \(dnacpr\))?|dnacpr(?: (?:form|decision|in place|form in place))?)",
    re.IGNORECASE,
)
_FOR = re.compile(rf"{_BEFORE}(?:(?:is )?for (?:attempted |full )?{_CPR}|cpr attempts? recommended)", re.IGNORECASE)


def decided(words: str) -> str:
    """What these words decide about resuscitation: "for resuscitation", "not for resuscitation", or "" unless they say that and nothing else."""
    told = words.strip().rstrip(".").replace("-", " ")
    return "not for resuscitation" if _NOT_FOR.fullmatch(told) else "for resuscitation" if _FOR.fullmatch(told) else ""


def section_of(words: str, codes: Iterable[str]) -> str:
    """Key of the section, "" when neither says that it comes first. codes: "system|code" """
    of_document = next((_DOCUMENTS[code] for code in codes if code in _DOCUMENTS), "")
    return of_document or _by_words(words)


@lru_cache(maxsize=8192)
def _by_words(words: str) -> str:
    return next((key for key, pattern in _patterns() if pattern.search(words)), "")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((key, re.compile("|".join(words).replace(" ", "[ -]"), re.IGNORECASE)) for key, words in _TABLE.items())


def rests_on_a_form(words: str, codes: Iterable[str]) -> bool:
    """Whether what is said is in force through a signed paper, so that where it is kept matters (PLN-10)."""
    return bool(_FORM.search(words)) or f"{SNOMED}|1382601000000107" in codes


def where_kept(told: Iterable[str]) -> str:
    """The first of these texts that says where a paper is, word for word; "" when none does."""
    return next((text for text in told if _KEPT.search(text)), "")
