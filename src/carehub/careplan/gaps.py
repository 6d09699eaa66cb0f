"""Gaps at reading: what the clock adds to an assembled plan. One place for the hub and the pages to ask."""

from __future__ import annotations

from carehub.careplan.allergy_label import allergy_label
from carehub.careplan.freshness import source_states
from carehub.careplan.section_state import section_states

__all__ = ["allergy_label", "section_states", "source_states"]
