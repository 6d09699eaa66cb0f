"""Kinds of contact: the words GP systems use for a consultation, and the R4 Encounter.class they stand for.

R4 requires a class (https://hl7.org/fhir/R4/encounter.html); STU3 GP records carry none. Phrases are those of the published
GP Connect extracts and of the SNOMED CT consultation type names. What matches no phrase is AMB, as most GP entries are.
"""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import codings, text

from .systems import ACT_CODE

_AMBULATORY = ("AMB", "ambulatory")
_VIRTUAL = ("VR", "virtual")
_HOME = ("HH", "home health")

_PHRASES: tuple[tuple[str, tuple[str, str]], ...] = (
    ("telephone", _VIRTUAL),
    ("video", _VIRTUAL),
    ("e-consultation", _VIRTUAL),
    ("online consultation", _VIRTUAL),
    ("email", _VIRTUAL),
    ("home visit", _HOME),
    ("nursing home", _HOME),
    ("care home", _HOME),
    ("residential home", _HOME),
)


def contact_class(types: list[dict[str, Any]] | None) -> dict[str, str]:
    """The Encounter.class Coding for Encounter.type concepts, read from their texts and displays."""
    said = []
    for concept in types or ():
        said.append(text(concept, "text"))
        said.extend(display for _, _, display in codings(concept))
    words = " | ".join(said).casefold()
    code, display = next((kind for phrase, kind in _PHRASES if phrase in words), _AMBULATORY)
    return {"system": ACT_CODE, "code": code, "display": display}
