"""Prescription types (CareConnect-PrescriptionType-1) and the R4 or UK Core course of therapy they stand for.

UK Core retired the prescription type extension in favour of MedicationRequest.courseOfTherapyType. A type without a row keeps its own
coding only.
"""

from __future__ import annotations

from .systems import COURSE_OF_THERAPY, UKCORE_COURSE_OF_THERAPY

COURSES: dict[str, dict[str, str]] = {
    "acute": {"system": COURSE_OF_THERAPY, "code": "acute", "display": "Short course (acute) therapy"},
    "repeat": {"system": COURSE_OF_THERAPY, "code": "continuous", "display": "Continuous long term therapy"},
    "repeat-dispensing": {
        "system": UKCORE_COURSE_OF_THERAPY,
        "code": "continuous-repeating-dispensing",
        "display": "Continuous long term (repeat dispensing)",
    },
}
