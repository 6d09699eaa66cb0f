"""Condition (a GP problem header) to UKCore-Condition.

Significance and the links between problems and entries have no active UK Core place: the CareConnect extensions stay as sent, their
references rewritten. Significance is never turned into severity.
"""

from __future__ import annotations

from carehub.fhir.resource import Resource

from .codes.systems import CONDITION_CLINICAL, CONDITION_VERIFICATION
from .concepts import concept, extensions, main_code, period, status_concept
from .datatypes import notes, quantity, range_
from .primitives import date_time, string
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, many, narrative, one_of_many, own, same, shape

_stage = shape({"summary": ("summary", concept), "assessment": ("assessment", many(reference))})
_evidence = shape({"code": ("code", many(concept)), "detail": ("detail", many(reference))})

_verification = status_concept(
    CONDITION_VERIFICATION,
    {
        "provisional": "Provisional",
        "differential": "Differential",
        "confirmed": "Confirmed",
        "refuted": "Refuted",
        "entered-in-error": "Entered in Error",
    },
)

RULES: Rules = {
    "identifier": ("identifier", many(identifier)),
    "clinicalStatus": (
        "clinicalStatus",
        status_concept(
            CONDITION_CLINICAL,
            {
                "active": "Active",
                "recurrence": "Recurrence",
                "inactive": "Inactive",
                "remission": "Remission",
                "resolved": "Resolved",
            },
        ),
    ),
    "category": ("category", many(concept)),
    "severity": ("severity", concept),
    "code": ("code", main_code),
    "bodySite": ("bodySite", many(concept)),
    "subject": ("subject", of_patient),
    "context": ("encounter", reference),
    **same(date_time, "onsetDateTime abatementDateTime"),
    **same(quantity, "onsetAge abatementAge"),
    **same(period, "onsetPeriod abatementPeriod"),
    **same(range_, "onsetRange abatementRange"),
    **same(string, "onsetString abatementString"),
    "assertedDate": ("recordedDate", date_time),
    "asserter": ("asserter", reference),
    "stage": ("stage", one_of_many(_stage)),
    "evidence": ("evidence", many(_evidence)),
    "note": ("note", notes),
    "extension": ("extension", extensions),
    **own("verificationStatus abatementBoolean"),
    "text": ("text", narrative),
}


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """R4 asks for a subject, and refuses a clinical status on an entry made in error (con-5). STU3 "unknown" verification says nothing."""
    if "subject" not in out:
        raise odd()
    stated = source.get("verificationStatus")
    if stated is not None and stated != "unknown":
        out["verificationStatus"] = _verification(stated, reading)
        if stated == "entered-in-error":
            out.pop("clinicalStatus", None)
    ended = source.get("abatementBoolean")
    if ended is not None:
        if ended.__class__ is not bool:
            raise odd()
        if ended and not any(name.startswith("abatement") for name in out):
            out["abatementString"] = "Ended, date not given"
