"""The record over published R4 examples: nothing raises, nothing is lost. They are read where they lie and never copied."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from carehub.careplan import gaps
from carehub.careplan.accounts import ARRANGING
from unit.careplan.told import GP, SECTIONS, plan, record, view

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "data"
NOW = datetime(2026, 11, 22, tzinfo=UTC)

pytestmark = pytest.mark.real_feeds


def found(resource):
    """Every resource inside a document: itself, or the entries of a Bundle."""
    if isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
        for entry in resource.get("entry") or ():
            if isinstance(entry, dict):
                yield from found(entry.get("resource"))
    elif isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
        yield resource


def sample_files():
    return sorted(path for folder in ("ips", "adversarial") for path in (SAMPLES / folder).rglob("*.json"))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the published sample feeds are not beside the project")
def test_every_published_resource_is_an_entry_or_a_gap():
    files = read = shown = 0
    for path in sample_files():
        try:
            resources = list(found(json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)))
        except (ArithmeticError, ValueError, RecursionError):
            continue
        if not resources:
            continue
        held = [
            record(GP, r["resourceType"], f"{n}", {k: v for k, v in r.items() if k not in ("resourceType", "id")})
            for n, r in enumerate(resources)
        ]
        made = plan(view(GP, *held))
        files, read = files + 1, read + len(held)
        attributed = {a.record for s in made.sections for e in s.entries for a in e.attributions}
        arranging = sum(r.resource["resourceType"] in ARRANGING and r.attribution.record not in attributed for r in held)
        withdrawn = made.sources[0].withdrawn
        in_gaps = sum(int(g.sentence.split()[0]) for g in made.gaps if "received that" in g.sentence)
        assert len(attributed) + withdrawn + in_gaps + arranging >= len(held), path.name
        shown += len(attributed)
        for key in SECTIONS:
            assert gaps.section_states(made, key, NOW)
        assert gaps.allergy_label(made, NOW)
    assert files > 0
    assert 0 < shown <= read
