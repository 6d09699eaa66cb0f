"""Conditions: problems and diagnoses, with significance, certainty and status as each source gives them."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading.draft import Draft, Traits, coded, draft
from carehub.careplan.reading.shelf import Shelf, extension_value
from carehub.careplan.reading.wording import any_words, comparable, each, moment, notes, said, status_words, value_words
from carehub.fhir.resource import Resource, codings, many, text, words

TYPES = ("Condition", "FamilyMemberHistory", "ClinicalImpression")

STATUS: dict[str, tuple[str, bool]] = {
    "active": ("Active", True),
    "recurrence": ("Recurrence", True),
    "relapse": ("Relapse", True),
    "inactive": ("Inactive", False),
    "remission": ("In remission", False),
    "resolved": ("Resolved", False),
}
_VERIFICATION = {
    "unconfirmed": "Unconfirmed",
    "provisional": "Provisional",
    "differential": "One of several possibilities",
    "confirmed": "Confirmed",
    "refuted": "Refuted",
}
_CATEGORY = {"problem-list-item": "Problem list", "encounter-diagnosis": "Diagnosis in a contact or stay"}

# Words that change what a diagnosis means. Two titles fold only when they carry the same ones.
QUALIFIERS = frozenset(
    (
        *("left", "right", "bilateral", "both", "no", "not", "without", "suspected", "possible", "probable", "query"),
        *("history", "h", "o", "fh", "family", "exclude", "excluded", "ruled", "resolved", "past"),
    )
)


def qualifiers(title: str) -> str:
    """The meaning-changing words of a title, in order of the alphabet."""
    return " ".join(sorted(QUALIFIERS.intersection(comparable(title).split())))


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """One entry. A family history says so in its title; a refuted condition is never current."""
    resource = record.resource
    if resource.get("resourceType") == "FamilyMemberHistory":
        yield _family(record, shelf)
        return
    concept = resource.get("code")
    named = coded(concept)
    status, verification = _code(resource.get("clinicalStatus")), _code(resource.get("verificationStatus"))
    shown, active = STATUS.get(status, (status_words(status, {}), True))
    refuted = verification == "refuted"
    title = words(concept) or text(resource, "description") or text(resource, "summary")
    sites = "; ".join(filter(None, (words(site) for site in many(resource, "bodySite"))))
    onset = text(resource, "onsetDateTime") or text(resource, "onsetPeriod", "start")
    ends = text(resource, "abatementDateTime") or text(resource, "abatementPeriod", "end")
    recorded = text(resource, "recordedDate") or text(resource, "date")
    severity = words(resource.get("severity"))
    yield draft(
        shelf,
        record,
        "problems",
        title or "Condition without a description",
        status="Refuted" if refuted else shown,
        active=active and not refuted,
        when=onset or recorded,
        facts=_facts(resource, shelf),
        codes=named.codes,
        traits=Traits(
            concept=named.names,
            exact=(str(active and not refuted), qualifiers(title), comparable(sites)),
            quiet=(status, verification, comparable(severity)),
            title_only=named.only,
            name=comparable(title),
            state="refuted"
            if refuted
            else ("active" if status in ("active", "recurrence", "relapse") else ("ended" if not active else "other")),
            begins=onset,
            ends=ends,
        ),
    )


def _code(concept: object) -> str:
    if isinstance(concept, str):
        return concept
    return next((code for _, code, _ in codings(concept) if code), "") or words(concept)


def _facts(resource: Resource, shelf: Shelf) -> Iterator[Fact]:
    yield from said("Significance", significance(resource))
    yield from said("Verification", status_words(_code(resource.get("verificationStatus")), _VERIFICATION))
    yield from said("Severity", words(resource.get("severity")))
    yield from each(resource, "Body site", "bodySite")
    yield from said("Started", value_words(resource, "onset"))
    yield from said("Ended", value_words(resource, "abatement"))
    yield from moment("Recorded", resource.get("recordedDate"))
    kinds = [_CATEGORY.get(code, display or code) for c in many(resource, "category") for _, code, display in codings(c)]
    yield from said("Kind", "; ".join(dict.fromkeys(kind for kind in kinds if not _is_significance(kind))))
    yield from each(resource, "Stage", "stage", "summary")
    yield from said("Evidence", "; ".join(filter(None, (words(c) for c in many(resource, "evidence", "code")))))
    yield from said("Recorded in", shelf.called(resource.get("encounter"), resource))
    yield from notes(resource)


def _is_significance(words_told: str) -> bool:
    return comparable(words_told) in ("major", "minor", "significant", "major significance", "minor significance")


def significance(resource: Resource) -> str:
    """ "Major" or "Minor" as a GP system sets it: from the ProblemSignificance extension, or a category that says so; "" when not told."""
    stated = extension_value(resource, "ProblemSignificance")
    if stated is not None:
        return any_words(stated, "CodeableConcept" if isinstance(stated, dict) else "Code").capitalize()
    return next((w.capitalize() for w in (words(c) for c in many(resource, "category")) if _is_significance(w)), "")


def _family(record: SourceRecord, shelf: Shelf) -> Draft:
    resource = record.resource
    conditions = "; ".join(filter(None, (words(c) for c in many(resource, "condition", "code"))))
    who = words(resource.get("relationship"))
    return draft(
        shelf,
        record,
        "problems",
        "Family history: " + " - ".join(part for part in (who, conditions) if part)
        if who or conditions
        else "Family history, no detail given",
        active=True,
        when=text(resource, "date"),
        facts=notes(resource),
        concepts=list(many(resource, "condition", "code")),
    )
