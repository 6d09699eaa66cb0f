"""Segments that stand for themselves. A hospital sends a patient's demographics, contacts, allergies and diagnoses again with every event of a
stay; what is sent again of the same patient in the same words need not be mapped again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache

from carehub.feeds.formats.hl7v2 import Hl7Message, Segment
from carehub.feeds.formats.hl7v2_text import Delimiters
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import RecordRef

from .draft import Draft, Portion

Tell = Callable[..., None]
_Segment = tuple[str, int, tuple[str, ...]]


def tell(draft: Draft, told: Tell, names: tuple[str, ...], *facts: Hashable) -> None:
    """Put into the draft what `told(draft, *facts)` makes of the segments of these names.

    `told` may look at nothing else: not at other segments, nor at what the draft holds but patient and source. Without such segments it is
    not called.
    """
    found = [segment for name in names for segment in draft.message.all(name)]
    if found:
        segments = tuple([(segment.name, segment.number, tuple(segment.fields)) for segment in found])
        draft.take(_portion(told, draft.source, draft.patient, draft.message.delimiters, segments, facts))


@lru_cache(maxsize=4096)
def _portion(
    told: Tell,
    source: SourceOrganisation,
    patient: RecordRef,
    delimiters: Delimiters,
    segments: tuple[_Segment, ...],
    facts: tuple[Hashable, ...],
) -> Portion:
    message = Hl7Message([Segment(name, number, list(fields), delimiters) for name, number, fields in segments], delimiters, ())
    draft = Draft(message, source, patient)
    told(draft, *facts)
    return draft.portion()
