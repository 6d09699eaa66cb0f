"""A place in the hospital (PL) in words."""

from __future__ import annotations

from carehub.feeds.formats.hl7v2 import Field


def in_words(field: Field) -> str:
    """Point of care, room, bed, building, floor, facility; "" for an empty one."""
    parts = (field.text(1), field.text(2), field.text(3), field.text(7), field.text(8), field.text(4))
    return ", ".join(part for part in parts if part)
