"""What a clause of a sharing agreement keeps back of one source: what it says in a section, and every word of it that stands elsewhere too."""

from __future__ import annotations

from dataclasses import replace

from carehub.careplan.accounts import read_view
from carehub.careplan.plan import SourceView
from carehub.careplan.reading.lists import ListWarning
from carehub.careplan.sections import BY_KEY, SECTION_OF_TYPE

CLAUSE = "no_agreement"
"""The absence code of what a clause keeps back."""
_NEVER = ("about", "care_team")
CLOSABLE = frozenset(BY_KEY) - frozenset(_NEVER)
"""Sections that a clause may keep back: all but who the person is, without which nothing can be shown safely, and who is involved, who are the
authors of everything else."""


def keep_back(view: SourceView) -> tuple[SourceView, tuple[ListWarning, ...]]:
    """A view without the records that speak in a section kept back (view.held_back), and what must be said of it.

    A record that also speaks elsewhere, as a condition that is an alert does, is taken out whole, and each of those sections says so: an alert that is
    not shown must not read as none recorded.
    """
    sentences = dict(view.held_back)
    _, drafts, _ = read_view(view)
    home = {r.attribution.record: SECTION_OF_TYPE.get(str(r.resource.get("resourceType")), "") for r in view.records}
    out = {record: sentences[key] for record, key in home.items() if key in sentences}
    for draft in drafts:
        if sentence := sentences.get(draft.entry.section):
            out.update((told.record, sentence) for told in draft.entry.attributions if home.get(told.record) not in _NEVER)
    said = dict(sentences)
    for draft in drafts:
        for told in draft.entry.attributions:
            if told.record in out:
                said.setdefault(draft.entry.section, out[told.record])
    records = tuple(record for record in view.records if record.attribution.record not in out)
    return replace(view, records=records), tuple(ListWarning(key, CLAUSE, sentence) for key, sentence in said.items())
