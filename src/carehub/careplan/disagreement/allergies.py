"""C1: an allergy in one source, "none known" in another. C2: an allergy in one clinical source while another holds other allergies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from carehub.careplan.conflicts import conflict
from carehub.careplan.plan import Conflict, Statement
from carehub.careplan.reading.draft import Draft
from carehub.careplan.speakers import CLINICAL, Speakers, listed
from carehub.terms.organisations import SourceOrganisation

_Sided = dict[SourceOrganisation, list[Draft]]


def find(drafts: Sequence[Draft], names: Speakers) -> Iterator[Conflict]:
    """All C1 and C2 among the allergy drafts."""
    present = by_source(d for d in drafts if d.traits.state == "present")
    none = by_source(d for d in drafts if d.traits.state == "none")
    for denying in sorted(none):
        for holding in sorted(present):
            yield from _present_against_none(holding, present[holding], denying, none[denying], names)
    yield from _in_one_only(present, names)


def by_source(drafts: Iterator[Draft]) -> _Sided:
    """Drafts by who says them."""
    ordered = sorted(drafts, key=lambda d: (d.entry.attributions[0].source, d.entry.key))
    return {source: list(group) for source, group in groupby(ordered, key=lambda d: d.entry.attributions[0].source)}


def statement(draft: Draft, text: str = "") -> Statement:
    """A draft as one side of a conflict."""
    return Statement(text or draft.entry.title, draft.entry.attributions[0], draft.entry.key)


def _present_against_none(
    holding: SourceOrganisation, held: list[Draft], denying: SourceOrganisation, denied: list[Draft], names: Speakers
) -> Iterator[Conflict]:
    for negation in denied:
        against = [d for d in held if _contradicts(negation.traits.scope, d.traits.scope)]
        if against:
            what = listed(d.traits.name for d in against)
            title = negation.entry.title
            said = f"states {title[:1].lower()}{title[1:]}" if not title[:2].isupper() else f"states “{title}”"
            if holding == denying:
                sentence = f"{names[holding]} records an allergy to {what} and also {_plural(said)}."
            else:
                sentence = f"Sources disagree: {names[holding]} records an allergy to {what}; {names[denying]} {_plural(said)}."
            yield conflict("C1", "allergies", "high", sentence, [statement(negation), *(statement(d) for d in against)])


def _plural(said: str) -> str:
    """SNOMED's preferred term is "No known allergy"; the sentence of SCREENS 3.0.6 says "no known allergies"."""
    return said[:-7] + "allergies" if said.endswith("allergy") else said


def _contradicts(scope: str, categories: str) -> bool:
    """A denial of every allergy contradicts any; one of a category contradicts what is of that category, or of a category not told."""
    if not scope or not categories:
        return True
    return scope in categories.split(",") or scope not in ("medication", "food", "environment")


def _in_one_only(present: _Sided, names: Speakers) -> Iterator[Conflict]:
    clinical = {source: held for source, held in present.items() if source.kind in CLINICAL}
    if len(clinical) < 2:
        return
    for source, held in sorted(clinical.items()):
        others = [d for other, theirs in clinical.items() if other != source for d in theirs]
        for draft in held:
            if not any(draft.traits.name == o.traits.name or draft.traits.concept & o.traits.concept for o in others):
                yield conflict("C2", "allergies", "moderate", f"Recorded by {names[source]} only.", [statement(draft)], difference=True)
