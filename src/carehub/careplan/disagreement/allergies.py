"""C1: an allergy in one source, "none known" in another. C2: an allergy in one clinical source while another holds other allergies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from carehub.careplan.conflicts import conflict
from carehub.careplan.disagreement.naming import named_alike, statement, terms
from carehub.careplan.plan import Conflict
from carehub.careplan.reading.draft import Draft
from carehub.careplan.speakers import CLINICAL, Speakers, listed
from carehub.terms.organisations import SourceOrganisation


def find(drafts: Sequence[Draft], names: Speakers) -> Iterator[Conflict]:
    """All C1 and C2 among the allergy drafts. An allergy that a "none known" contradicts is no mere difference as well."""
    ordered = sorted(drafts, key=lambda d: (d.entry.attributions[0].source, d.entry.key))
    present = [d for d in ordered if d.traits.state == "present"]
    denials: dict[tuple[SourceOrganisation, str], list[Draft]] = {}
    for draft in ordered:
        if draft.traits.state == "none":
            denials.setdefault((_source(draft), draft.traits.scope), []).append(draft)
    disputed: set[str] = set()
    for (denying, scope), denied in sorted(denials.items()):
        against = [d for d in present if _contradicts(scope, d.traits.scope)]
        if against:
            disputed.update(d.entry.key for d in against)
            yield _present_against_none(denying, scope, denied, against, names)
    yield from _in_one_only(present, disputed, names)


def _source(draft: Draft) -> SourceOrganisation:
    return draft.entry.attributions[0].source


def _present_against_none(denying: SourceOrganisation, scope: str, denied: list[Draft], against: list[Draft], names: Speakers) -> Conflict:
    """One conflict for what one source denies, naming everybody who says otherwise."""
    recorded = [
        f"{names[source]} records an allergy to {listed(d.traits.name for d in against if _source(d) == source)}"
        for source in _sources(against)
    ]
    title = denied[0].entry.title
    said = _plural(f"states {title[:1].lower()}{title[1:]}" if not title[:2].isupper() else f"states “{title}”")
    alone = _sources(against) == [denying]
    sentence = f"{recorded[0]} and also {said}." if alone else f"Sources disagree: {'; '.join(recorded)}; {names[denying]} {said}."
    sides = [statement(d) for d in (*denied, *against)]
    return conflict("C1", "allergies", "high", sentence, sides, about=[f"none known|{scope}|{denying.code}"])


def _sources(drafts: Iterable[Draft]) -> list[SourceOrganisation]:
    return sorted({_source(d) for d in drafts})


def _plural(said: str) -> str:
    """SNOMED's preferred term is "No known allergy"; the sentence of SCREENS 3.0.6 says "no known allergies"."""
    return said[:-7] + "allergies" if said.endswith("allergy") else said


def _contradicts(scope: str, categories: str) -> bool:
    """A denial of every allergy contradicts any; one of a category contradicts what is of that category, or of a category not told."""
    if not scope or not categories:
        return True
    return scope in categories.split(",") or scope not in ("medication", "food", "environment")


def _in_one_only(present: Sequence[Draft], disputed: Collection[str], names: Speakers) -> Iterator[Conflict]:
    clinical = [d for d in present if _source(d).kind in CLINICAL]
    if len(_sources(clinical)) < 2:
        return
    for held in named_alike(clinical):
        sources = _sources(held)
        if len(sources) == 1 and not any(d.entry.key in disputed for d in held):
            sentence = f"Recorded by {names[sources[0]]} only."
            yield conflict(
                "C2", "allergies", "moderate", sentence, [statement(d) for d in held], about=terms(held, sources[0].code), difference=True
            )
