"""The versioned rule set: which records link by themselves, which pairs a steward should see, which are apart."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.identity import comparison, standardising
from carehub.identity.demographics import Demographics
from carehub.identity.links import Evidence, MatchResult

# Raised whenever match_key or judge answers anything differently; every link and review carries it.
RULES_VERSION = 1

RULES: dict[str, str] = {
    "agreement": "Linked because the NHS number, the date of birth and the first name agree.",
    "evidence": "Linked because so much agrees with another record of this person that nobody need be asked.",
    "traced-number": "Linked because the NHS number, verified by both sources, the date of birth and the postcode or family name agree, and nobody else is "
    "known whose record it could be, such as a twin.",
    "traced-apart": "Not linked: the verified NHS number and the date of birth agree, but a record has no first name, and it could be another person's.",
    "weighed-apart": "Not linked: the two records agree, but all records of the two persons weighed together do not agree enough.",
    "only-record": "This record stands on its own: no rule links another one to it.",
    "source-merge": "Linked because the source merged its record into this one.",
    "source-merge-survivor": "The source merged another of its records into this one.",
    "two-current-numbers": "Name, date of birth and postcode agree, but the two verified NHS numbers differ. One person may have two numbers.",
    "different-numbers": "Not linked: the two verified NHS numbers differ.",
    "number-without-first-name": "The NHS number and the date of birth agree, but a record has no first name. It may be a twin or another child.",
    "number-other-birth-date": "The NHS number agrees, but the date of birth does not. The number may be another person's.",
    "number-other-first-name": "The NHS number and the date of birth agree, but the first name does not. They may be twins or relatives.",
    "number-only": "The NHS number agrees, but neither the date of birth nor the first name does. The number may be another person's.",
    "unverified-number": "The NHS number agrees, but it has not been verified, so it cannot link by itself.",
    "void-number": "The NHS number agrees, but PDS has marked it as not valid, so it cannot say whose a record is.",
    "superseded-number": "An NHS number of one record is an earlier number of the other.",
    "different-deaths": "Not linked: the dates of death differ.",
    "names-and-birth-date": "The names and the date of birth agree or nearly agree, but no NHS number confirms it.",
    "first-name-birth-date-postcode": "The first name, date of birth and postcode agree, but the family name does not. The name may have changed.",
    "names-postcode-close-birth-date": "The names agree and the dates of birth are close. A date may be mistyped.",
    "unnamed-child": "Family name, date of birth and postcode agree, but a record has no first name. It may be a baby or a twin.",
    "not-close": "Not linked: too little agrees.",
    "agrees-but-apart": "The NHS number, the date of birth and the first name agree, but a steward's ruling or a source's own merge keeps the records apart.",
    "steward-same": "Linked because a steward ruled that two of these records are the same person's.",
    "steward-linked": "Linked because a steward ruled that this record belongs to this person.",
    "steward-unlinked": "This record stands on its own because a steward took it out of another person.",
    "steward-apart": "Kept apart from a record that it agrees with because a steward ruled that they are different people's.",
    "two-numbers-in-one": "Records of one person have two different verified NHS numbers. Nothing more is linked to them by rule.",
    "two-birth-dates-in-one": "Records of one person have two different dates of birth. Nothing more is linked to them by rule.",
    "two-deaths-in-one": "Records of one person have two different dates of death.",
    "merge-cycle": "The source says that each of these records was merged into the other. Neither was obeyed.",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of two records. rule: a key of RULES; because: its sentence. evidence: every field compared."""

    result: MatchResult
    rule: str
    because: str
    evidence: tuple[Evidence, ...]


def match_key(d: Demographics) -> str:
    """The key of the records that link by themselves, or "" when this record never does. Equal and not empty means: one person.

    Trusted NHS number, full birth date, and the first name's spelling code: never the number alone (IDENTITY 6, "a rule to copy"). It is a
    key and not a score on purpose: agreement that is an equivalence gives the same persons in whatever order the records arrive.
    """
    born = d.birth_date
    if not (d.trusted and d.nhs_number and len(born) == 10 and len(d.given_key) > 1) or standardising.is_no_birth_date(born):
        return ""
    return f"match{RULES_VERSION}|{d.nhs_number}|{born}|{standardising.spelling_code(d.given_key)}"


def judge(a: Demographics, b: Demographics) -> Judgement:
    """MATCH, POSSIBLE_MATCH, POSSIBLE_DUPLICATE or NO_MATCH for two records, with rule and evidence. Symmetric; MATCH iff match keys agree."""
    found = comparison.levels(a, b)
    result, rule = _verdict(a, b, found)
    return Judgement(result, rule, RULES[rule], comparison.evidence(found))


def worth_review(a: Demographics, b: Demographics) -> Judgement | None:
    """The judgement of two records that belong to different persons, if a steward should see it; else None."""
    found = comparison.levels(a, b)
    result, rule = _verdict(a, b, found)
    if result is MatchResult.NO_MATCH:
        return None
    if result is MatchResult.MATCH:
        result, rule = MatchResult.POSSIBLE_DUPLICATE, "agrees-but-apart"
    return Judgement(result, rule, RULES[rule], comparison.evidence(found))


def _verdict(a: Demographics, b: Demographics, found: dict[str, str]) -> tuple[MatchResult, str]:
    key = match_key(a)
    if key and key == match_key(b):
        return MatchResult.MATCH, "agreement"
    number = found["nhs_number"]
    if number == "agree":
        return MatchResult.POSSIBLE_MATCH, _number_conflict(found)
    if number == "agree-unverified":
        return MatchResult.POSSIBLE_MATCH, "unverified-number"
    if number == "agree-void":
        return MatchResult.POSSIBLE_MATCH, "void-number"
    if number == "superseded":
        return MatchResult.POSSIBLE_MATCH, "superseded-number"
    if number == "differ":
        # The veto. Twins and relatives with numbers of their own are apart and nobody is asked; only a record that agrees in everything
        # else may be one person with two numbers, which the National Back Office merges (IDENTITY 6).
        if _all_else_agrees(found):
            return MatchResult.POSSIBLE_DUPLICATE, "two-current-numbers"
        return MatchResult.NO_MATCH, "different-numbers"
    if found["deceased"] == "differ":
        return MatchResult.NO_MATCH, "different-deaths"
    rule = _closeness(found)
    return (MatchResult.POSSIBLE_MATCH, rule) if rule else (MatchResult.NO_MATCH, "not-close")


def _number_conflict(found: dict[str, str]) -> str:
    born = found["birth_date"] in ("agree", "agree-default")
    if found["given"] in ("missing", "initial") and born:
        return "number-without-first-name"
    if born:
        return "number-other-first-name"
    return "number-other-birth-date" if found["given"] == "agree" else "number-only"


def _all_else_agrees(found: dict[str, str]) -> bool:
    return (
        found["birth_date"] == "agree"
        and all(found[field] == "agree" for field in ("family", "given", "postcode"))
        and found["gender"] != "differ"
        and found["deceased"] != "differ"
    )


def _closeness(found: dict[str, str]) -> str:
    """The rule under which demographics alone are close enough to ask a steward, or ""."""
    born, family, given = found["birth_date"], found["family"], found["given"]
    same_place = "agree" in (found["postcode"], found["phone"])
    names = given in ("agree", "similar", "initial", "swapped") and family in ("agree", "part", "similar", "swapped")
    if found["gender"] == "differ" and not (given == "agree" and family == "agree"):
        return ""
    if names and (born == "agree" or (born == "agree-default" and same_place)):
        # Two slips at once in the names need the place to agree as well.
        firm = given in ("agree", "swapped") or family == "agree"
        return "names-and-birth-date" if firm or same_place else ""
    if given == "agree" and found["postcode"] == "agree" and born == "agree":
        return "first-name-birth-date-postcode"
    if given == "agree" and family == "agree" and (born == "swapped" or (born in ("similar", "partial") and same_place)):
        return "names-postcode-close-birth-date"
    if given == "missing" and family == "agree" and born == "agree" and found["postcode"] == "agree":
        return "unnamed-child"
    return ""
