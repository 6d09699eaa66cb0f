"""AllergyIntolerance to UKCore-AllergyIntolerance. "No known allergy" is a coded allergy and stays one; an empty list is a List."""

from __future__ import annotations

from carehub.fhir.resource import Resource
from carehub.terms.codes import ukcore

from .codes.systems import ALLERGY_CLINICAL, ALLERGY_VERIFICATION
from .concepts import concept, main_code, period, status_concept
from .datatypes import notes, quantity, range_
from .known_extensions import parts, placed, value_of
from .primitives import choice, date_time, string
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, many, narrative, own, same, shape

_reaction = shape(
    {
        "substance": ("substance", concept),
        "manifestation": ("manifestation", many(concept)),
        "description": ("description", string),
        "onset": ("onset", date_time),
        "severity": ("severity", choice("mild", "moderate", "severe")),
        "exposureRoute": ("exposureRoute", concept),
        "note": ("note", notes),
    },
    needs=("manifestation",),
)

RULES: Rules = {
    "identifier": ("identifier", many(identifier)),
    "clinicalStatus": (
        "clinicalStatus",
        status_concept(ALLERGY_CLINICAL, {"active": "Active", "inactive": "Inactive", "resolved": "Resolved"}),
    ),
    "verificationStatus": (
        "verificationStatus",
        status_concept(
            ALLERGY_VERIFICATION,
            {
                "unconfirmed": "Unconfirmed",
                "confirmed": "Confirmed",
                "refuted": "Refuted",
                "entered-in-error": "Entered in Error",
            },
        ),
    ),
    "type": ("type", choice("allergy", "intolerance")),
    "category": ("category", many(choice("food", "medication", "environment", "biologic"))),
    "criticality": ("criticality", choice("low", "high", "unable-to-assess")),
    "code": ("code", main_code),
    "patient": ("patient", of_patient),
    **same(date_time, "onsetDateTime lastOccurrence"),
    **same(quantity, "onsetAge"),
    "onsetPeriod": ("onsetPeriod", period),
    "onsetRange": ("onsetRange", range_),
    "onsetString": ("onsetString", string),
    "assertedDate": ("recordedDate", date_time),
    "recorder": ("recorder", reference),
    "asserter": ("asserter", reference),
    "note": ("note", notes),
    "reaction": ("reaction", many(_reaction)),
    **own("extension"),
    "text": ("text", narrative),
}

_ENTERED_IN_ERROR = "entered-in-error"


def _ended(item: Resource, out: Resource, reading: Reading) -> Resource | None:
    """The end of an allergy belongs on its clinical status (Extension-UKCore-AllergyIntoleranceEnd)."""
    found = parts(item)
    inner = []
    for name, value, how in (("endDate", "valueDateTime", date_time), ("reasonEnded", "valueString", string)):
        got = value_of(found.get(name), reading, how, value)
        if got is not None:
            inner.append({"url": name, value: got})
    if inner and "clinicalStatus" in out:
        out["clinicalStatus"] = {
            "extension": [{"url": ukcore("Extension:AllergyIntoleranceEnd"), "extension": inner}],
            **out["clinicalStatus"],
        }
    return None


def _met(item: Resource, out: Resource, reading: Reading) -> Resource | None:
    """The contact in which it was recorded has an element of its own in R4."""
    got = value_of(item, reading, reference, "valueReference")
    if got is not None:
        out["encounter"] = got
    return None


_extensions = placed({"AllergyIntoleranceEnd": _ended, "encounter-associatedEncounter": _met})


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """UK Core asks for a code, R4 for a patient, and for a clinical status unless the entry is an error (ait-1, ait-2)."""
    _extensions(source, out, reading)
    if "code" not in out or "patient" not in out or "verificationStatus" not in out:
        raise odd()
    if out["verificationStatus"]["coding"][0]["code"] == _ENTERED_IN_ERROR:
        out.pop("clinicalStatus", None)
    elif "clinicalStatus" not in out:
        raise odd()
