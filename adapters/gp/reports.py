"""DiagnosticReport to UKCore-DiagnosticReport: the heading over a laboratory's or an X-ray department's results."""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource

from .concepts import concept, extensions, main_code, period
from .datatypes import attachment
from .primitives import choice, date_time, string
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, dropped, many, narrative, one_of_many, shape

# The role of a performer has no place in R4: UK Core tells the reporting party only.
_performer = shape({"actor": ("actor", reference), **dropped("role")})


def _who(value: Any, reading: Reading) -> Any:
    out = _performer(value, reading)
    return out.get("actor") if out is not None else None


_image = shape({"comment": ("comment", string), "link": ("link", reference)}, needs=("link",))

RULES: Rules = {
    "identifier": ("identifier", many(identifier)),
    "basedOn": ("basedOn", many(reference)),
    "status": (
        "status",
        choice(
            "registered", "partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled", "entered-in-error", "unknown"
        ),
    ),
    "category": ("category", one_of_many(concept)),
    "code": ("code", main_code),
    "subject": ("subject", of_patient),
    "context": ("encounter", reference),
    "effectiveDateTime": ("effectiveDateTime", date_time),
    "effectivePeriod": ("effectivePeriod", period),
    "issued": ("issued", date_time),
    "performer": ("performer", many(_who)),
    "specimen": ("specimen", many(reference)),
    "result": ("result", many(reference)),
    "imagingStudy": ("imagingStudy", many(reference)),
    "image": ("media", many(_image)),
    "conclusion": ("conclusion", string),
    "codedDiagnosis": ("conclusionCode", many(concept)),
    "presentedForm": ("presentedForm", many(attachment)),
    "extension": ("extension", extensions),
    "text": ("text", narrative),
}


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """R4 asks for a status and a code, and its `issued` for a time: a date alone is when the report is of."""
    if "status" not in out or "code" not in out or "subject" not in out:
        raise odd()
    issued = out.get("issued")
    if issued is not None and "T" not in issued:
        del out["issued"]
        if not any(name.startswith("effective") for name in out):
            out["effectiveDateTime"] = issued
        else:
            reading.note("MAP-014")
