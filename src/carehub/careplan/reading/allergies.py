"""Allergies: AllergyIntolerance to entries. "None known" only from a code that says so; a list that is empty never says it."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading.draft import Draft, Traits, coded, draft
from carehub.careplan.reading.shelf import Shelf, extension_value
from carehub.careplan.reading.wording import any_words, comparable, moment, notes, said, status_words, value_words
from carehub.fhir.resource import Resource, codings, first, many, text, words
from carehub.terms.codes import SNOMED
from carehub.terms.moments import show_time

TYPES = ("AllergyIntolerance",)

_IPS_ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"

# Coded negations and what each is about: "" for every allergy, else the AllergyIntolerance category it covers. SNOMED CT international
# edition, children of 716186003 |No known allergy (situation)|; 160244002 is its inactive forerunner, still sent.
NONE_KNOWN: dict[str, str] = {
    f"{SNOMED}|716186003": "",
    f"{SNOMED}|160244002": "",
    f"{_IPS_ABSENT}|no-known-allergies": "",
    f"{SNOMED}|409137002": "medication",
    f"{_IPS_ABSENT}|no-known-medication-allergies": "medication",
    f"{SNOMED}|429625007": "food",
    f"{_IPS_ABSENT}|no-known-food-allergies": "food",
    f"{SNOMED}|428607008": "environment",
    f"{_IPS_ABSENT}|no-known-environmental-allergies": "environment",
    f"{SNOMED}|428197003": "insect",
    f"{SNOMED}|716220001": "animal",
    f"{SNOMED}|1003774007": "latex",
}

# Words that say "none known" and nothing else. Without a code they are shown as written; they are neither an allergy nor a negation.
_WRITTEN_NONE = frozenset(
    {
        "nka",
        "nkda",
        "no known allergies",
        "no known allergy",
        "no known drug allergies",
        "no known drug allergy",
        "nil known",
        "none known",
        "no allergies",
        "no allergies known",
        "nil known allergies",
    }
)

CLINICAL_STATUS = {"active": "Active", "inactive": "Inactive", "resolved": "Resolved"}
_OVER = ("inactive", "resolved")
_VERIFICATION = {"unconfirmed": "Unconfirmed", "confirmed": "Confirmed", "refuted": "Refuted", "presumed": "Presumed"}
_CRITICALITY = {"high": "High risk", "low": "Low risk", "unable-to-assess": "Risk cannot be assessed"}
_CATEGORY = {"food": "Food", "medication": "Medicine", "environment": "Environment", "biologic": "Biological substance"}

AS_WRITTEN = "As written, not coded"


def _code(concept: object) -> str:
    """A status as its code, from a CodeableConcept or, leniently, from plain text."""
    if isinstance(concept, str):
        return concept
    return next((code for _, code, _ in codings(concept) if code), "") or words(concept)


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """One entry. A code without reaction.substance still appears; refuted and resolved ones appear with that status, not as current."""
    resource = record.resource
    concept = resource.get("code")
    title = words(concept) or next((w for w in (words(s) for s in many(resource, "reaction", "substance")) if w), "")
    status, verification = _code(resource.get("clinicalStatus")), _code(resource.get("verificationStatus"))
    own_codes = [f"{system}|{code}" for system, code, _ in codings(concept)]
    scope = next((NONE_KNOWN[code] for code in own_codes if code in NONE_KNOWN), None)
    # A status that cannot be read is on the safe side: the allergy is current, and "none known" is not (hazard H-05).
    over = status.casefold() in _OVER if scope is None else status not in ("", "active")
    live = not over and verification != "refuted"
    written_none = scope is None and comparable(title) in _WRITTEN_NONE
    recorded = text(resource, "recordedDate")
    severity = "; ".join(sorted({str(s).lower() for s in many(resource, "reaction", "severity") if isinstance(s, str)}))
    stands_for_none = scope is not None and live
    shown = AS_WRITTEN if written_none else _shown(status, verification, scope is not None)
    categories = tuple(sorted({str(c) for c in many(resource, "category")}))
    yield draft(
        shelf,
        record,
        "allergies",
        title or "Allergy without a description",
        kind="stated_none" if stands_for_none else "statement",
        status=shown,
        active=live and not written_none and (scope is None or stands_for_none),
        when=recorded or text(resource, "onsetDateTime"),
        facts=_facts(resource, shelf),
        concepts=(concept,),
        traits=Traits(
            concept=coded(concept).names if scope is None else frozenset(),
            exact=("" if live else "past",),
            quiet=(verification, severity, text(resource, "criticality"), text(resource, "type"), _reactions(resource)),
            title_only=coded(concept).only,
            name=allergen(title),
            state="none" if stands_for_none else ("present" if live and scope is None and not written_none else "past"),
            scope=scope if stands_for_none and scope else ",".join(categories),
        ),
    )


def _reactions(resource: Resource) -> str:
    """The manifestations, for comparing: another reaction is another statement."""
    return "; ".join(sorted({comparable(words(m)) for m in many(resource, "reaction", "manifestation")} - {""}))


def _shown(status: str, verification: str, negation: bool) -> str:
    if verification == "refuted":
        return "Refuted" if not negation else "Refuted: the source no longer says this"
    return status_words(status, CLINICAL_STATUS)


def _facts(resource: Resource, shelf: Shelf) -> Iterator[Fact]:
    for reaction in many(resource, "reaction"):
        if isinstance(reaction, dict):
            told = [
                *(w for w in (words(m) for m in many(reaction, "manifestation")) if w),
                text(reaction, "severity"),
                text(reaction, "description"),
                show_time(text(reaction, "onset")) if text(reaction, "onset") else "",
            ]
            yield from said("Reaction", "; ".join(part for part in told if part))
            yield from said("Substance", words(first(reaction, "substance")))
            yield from said("Exposure", words(reaction.get("exposureRoute")))
            yield from notes(reaction)
    yield from said("Category", ", ".join(_CATEGORY.get(str(c), str(c)) for c in many(resource, "category")))
    yield from said("Type", status_words(text(resource, "type"), {}))
    yield from said("Risk", _CRITICALITY.get(text(resource, "criticality"), text(resource, "criticality")))
    yield from said("Verification", status_words(_code(resource.get("verificationStatus")), _VERIFICATION))
    yield from said("Started", value_words(resource, "onset"))
    yield from moment("Last reaction", resource.get("lastOccurrence"))
    yield from moment("Recorded", resource.get("recordedDate"))
    yield from said("Told by", shelf.called(resource.get("asserter"), resource))
    end = extension_value(resource.get("clinicalStatus"), "AllergyIntoleranceEnd") or extension_value(resource, "AllergyIntoleranceEnd")
    yield from _end(end)
    yield from notes(resource)


def _end(end: object) -> Iterator[Fact]:
    """UK Core says the end and its reason in an extension, simple or of two parts."""
    if isinstance(end, str):
        yield Fact("Ended", show_time(end))
    elif isinstance(end, dict):
        for part in many(end, "extension"):
            if isinstance(part, dict):
                for name, value in part.items():
                    if name.startswith("value"):
                        label = "Ended" if "ate" in str(part.get("url")) else "Ended because"
                        yield from said(label, any_words(value, name[5:]))


_BEFORE = (
    "personal history of allergy to ",
    "h o drug allergy ",
    "h o allergy to ",
    "history of allergy to ",
    "allergic reaction to ",
    "adverse reaction to ",
    "allergy to ",
    "hypersensitivity to ",
    "intolerance to ",
    "personal history of ",
    "h o ",
    "x ",
    "v ",
)
_AFTER = (" allergy", " hypersensitivity", " intolerance", " adverse reaction", " sensitivity")


def allergen(title: str) -> str:
    """ "penicillin" from "H/O: penicillin allergy": for naming and comparing in differences only, never shown in place of the title."""
    name = comparable(title)
    changed = True
    while changed:
        changed = False
        for prefix in _BEFORE:
            if name.startswith(prefix) and len(name) > len(prefix):
                name, changed = name[len(prefix) :], True
        for suffix in _AFTER:
            if name.endswith(suffix) and len(name) > len(suffix):
                name, changed = name[: -len(suffix)], True
    return name
