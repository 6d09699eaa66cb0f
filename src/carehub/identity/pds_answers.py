"""What the Personal Demographics Service (PDS) was asked and what it answered, read from its FHIR R4 API.

Source: the published examples of the PDS FHIR API (NHS England, MIT licence): Patient, searchset Bundle, and OperationOutcomes with a code of
https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from carehub.fhir.resource import Resource, codings, first, identifiers, many, text
from carehub.terms import nhs_number
from carehub.terms.errors import OutsideDown, Rejected
from carehub.terms.issue_catalogue import issue

Outcome = Literal["found", "superseded", "multiple", "none", "invalidated"]
Access = Literal["unrestricted", "restricted", "very-restricted"]
Death = Literal["", "informal", "formal", "unspecified"]


@dataclass(frozen=True, slots=True)
class Search:
    """A search by demographics. born, or born_from and born_to: FHIR dates. given: first name first. gender: FHIR code.

    fuzzy: also names that sound alike. exact: no wildcards, no leniency. history: also former names and addresses.
    """

    family: str = field(repr=False)
    given: tuple[str, ...] = field(default=(), repr=False)
    gender: str = ""
    born: str = field(default="", repr=False)
    born_from: str = field(default="", repr=False)
    born_to: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    fuzzy: bool = False
    exact: bool = False
    history: bool = False

    def __post_init__(self) -> None:
        # PDS answers less than this with TOO_FEW_VALUES_SUBMITTED; and a name alone must never find anybody.
        if not self.family or not (self.born or self.born_from or self.born_to):
            raise Rejected(issue("PDS-005"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What PDS answered to one question: the HTTP status and the FHIR body. Only what `read_answer` can read is ever an Answer."""

    status: int
    body: Resource = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trace:
    """One answer, understood. Nothing about anybody in its repr.

    outcome: "found"; "superseded" (the asked number was replaced by `number`); "multiple" (then there is no patient: the best guess is never
    taken); "none"; "invalidated" (the number must not be used, and why is nobody's business).
    number: the verified NHS number, or "". patient: PDS's Patient, or None. score: of a search, 0 to 1, else None.
    access: of the patient. "restricted" means that address, telephone and GP practice are withheld: they are not missing. "very-restricted" that
    everything but the number may be. death: whether the Registrar of Deaths ("formal") or somebody else reported it.
    issues: what is to be said of the answer, by catalogue number.
    """

    outcome: Outcome
    number: str = field(default="", repr=False)
    patient: Resource | None = field(default=None, repr=False)
    score: float | None = None
    access: Access = "unrestricted"
    death: Death = ""
    issues: tuple[str, ...] = ()

    @property
    def withheld(self) -> tuple[str, ...]:
        """Elements of the Patient that PDS keeps back."""
        return () if self.access == "unrestricted" else ("address", "telecom", "generalPractitioner", "contact")


# What each code means to somebody who only asks. PDS-004 and 006 to 008 are no answer about a patient.
_OUTCOMES: dict[str, tuple[Outcome, str]] = {
    "RESOURCE_NOT_FOUND": ("none", "PDS-001"),
    "INVALIDATED_RESOURCE": ("invalidated", "PDS-002"),
    "TOO_MANY_MATCHES": ("multiple", "PDS-003"),
    "MULTIPLE_MATCHES": ("multiple", "PDS-003"),
}
_REFUSALS: dict[str, str] = {
    "ACCESS_DENIED": "PDS-004",
    "INVALID_METHOD": "PDS-004",
    "MISSING_VALUE": "PDS-005",
    "TOO_FEW_VALUES_SUBMITTED": "PDS-005",
    "UNSUPPORTED_SERVICE": "PDS-006",
    "ADDITIONAL_PROPERTIES": "PDS-007",
    "FORBIDDEN_UPDATE": "PDS-007",
    "INSERT_BIRTH_DEATH_STATUS_INCONSISTENT": "PDS-007",
    "INVALID_CREATE": "PDS-007",
    "INVALID_UPDATE": "PDS-007",
    "RESOURCE_VERSION_MISMATCH": "PDS-007",
    "SINGLE_MATCH": "PDS-007",
}
# For an outcome whose code we do not know: its FHIR issue type.
_TYPES: dict[str, str] = {"forbidden": "PDS-004", "login": "PDS-004", "required": "PDS-005", "not-supported": "PDS-006"}
# Asking the same again will get the same.
_NEVER = frozenset({"PDS-005", "PDS-007"})

# http://terminology.hl7.org/CodeSystem/v3-Confidentiality, and REDACTED of PDS. Any other word is taken for the strictest.
_ACCESS: dict[str, Access] = {"U": "unrestricted", "N": "unrestricted", "R": "restricted"}
_DEATHS: dict[str, Death] = {"1": "informal", "2": "formal"}


def read_answer(status: int, body: Any, asked: str = "") -> Trace:
    """What an answer says. body: parsed JSON. asked: the NHS number that was retrieved, "" for a search.

    Raises Rejected (PDS-005, PDS-007) for a question PDS will never answer; OutsideDown for an answer that is none: PDS-004 not allowed, PDS-006 not
    supported, PDS-008 not known, PDS-009 one that contradicts itself.
    """
    kind = body.get("resourceType") if isinstance(body, dict) else None
    if kind == "OperationOutcome":
        return _outcome(body)
    if status != 200:
        raise OutsideDown(issue("PDS-008"))
    if kind == "Patient" and asked:
        return _one(body, asked, None)
    if kind == "Bundle" and not asked:
        return _searched(body)
    raise OutsideDown(issue("PDS-009"))


def _outcome(body: Resource) -> Trace:
    for told in many(body, "issue"):
        for _, code, _ in codings(told.get("details") if isinstance(told, dict) else None):
            if code in _OUTCOMES:
                outcome, number = _OUTCOMES[code]
                return Trace(outcome, issues=(number,))
            if code in _REFUSALS:
                raise _refusal(_REFUSALS[code])
    raise _refusal(_TYPES.get(text(body, "issue", "code"), "PDS-008"))


def _refusal(number: str) -> Rejected | OutsideDown:
    return Rejected(issue(number)) if number in _NEVER else OutsideDown(issue(number))


def _searched(bundle: Resource) -> Trace:
    entries = list(many(bundle, "entry"))
    total = bundle.get("total")
    if len(entries) > 1 or (isinstance(total, int) and total > 1):
        return Trace("multiple", issues=("PDS-003",))
    if not entries:
        if total not in (0, None):
            raise OutsideDown(issue("PDS-009"))
        return Trace("none", issues=("PDS-001",))
    patient, score = first(entries[0], "resource"), first(entries[0], "search", "score")
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        raise OutsideDown(issue("PDS-009"))
    return _one(patient, "", float(score) if isinstance(score, int | float | Decimal) else None)


def _one(patient: Resource, asked: str, score: float | None) -> Trace:
    number = nhs_number.valid(text(patient, "id"))
    if number is None or set(identifiers(patient, nhs_number.SYSTEM)) - {number}:
        raise OutsideDown(issue("PDS-009"))
    access = _access(patient)
    superseded = bool(asked) and number != asked
    said = {
        "PDS-010": superseded,
        "PDS-011": access == "restricted",
        "PDS-012": access == "very-restricted",
    }
    issues = tuple(told for told, so in said.items() if so)
    return Trace("superseded" if superseded else "found", number, patient, score, access, _death(patient), issues)


def _access(patient: Resource) -> Access:
    """The strictest of its labels; a patient without any is as PDS shows it."""
    said = {_ACCESS.get(text(label, "code"), "very-restricted") for label in many(patient, "meta", "security") if isinstance(label, dict)}
    order: tuple[Access, ...] = ("very-restricted", "restricted")
    return next((access for access in order if access in said), "unrestricted")


def _death(patient: Resource) -> Death:
    status = (
        code
        for part in many(patient, "extension")
        if isinstance(part, dict) and "DeathNotificationStatus" in text(part, "url")
        for inner in many(part, "extension")
        if isinstance(inner, dict)
        for _, code, _ in codings(inner.get("valueCodeableConcept"))
    )
    code = next(status, "")
    if code == "U":  # the notice was taken back
        return ""
    return _DEATHS.get(code) or ("unspecified" if patient.get("deceasedDateTime") or patient.get("deceasedBoolean") is True else "")


def parameters(search: Search) -> Mapping[str, list[str]]:
    """The search as parameters of GET /Patient."""
    born = [f"{prefix}{date}" for prefix, date in (("eq", search.born), ("ge", search.born_from), ("le", search.born_to)) if date]
    said = {
        "family": [search.family],
        "given": list(search.given),
        "gender": [search.gender] if search.gender else [],
        "birthdate": born,
        "address-postalcode": [search.postcode] if search.postcode else [],
        "_fuzzy-match": ["true"] if search.fuzzy else [],
        "_exact-match": ["true"] if search.exact else [],
        "_history": ["true"] if search.history else [],
    }
    return {name: values for name, values in said.items() if values}
