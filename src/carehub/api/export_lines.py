"""What an export holds of a person. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carehub.api.document import provenance_part
from carehub.api.golden import golden_patient
from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.canonical import dumps
from carehub.hub.reading import StoredBody


def lines(plan: UnifiedCarePlan, bodies: Sequence[StoredBody]) -> Iterator[tuple[str, bytes]]:
    """What is written of a person: the golden Patient, every record exactly as stored, and a Provenance for each."""
    yield "Patient", dumps(golden_patient(plan))
    for body in bodies:
        yield body.type, body.body
        yield "Provenance", provenance_part(body)[1]
