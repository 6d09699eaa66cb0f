"""C7 for next of kin: sources that each name one, and not the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carehub.careplan.conflicts import conflict
from carehub.careplan.disagreement.naming import statement
from carehub.careplan.plan import Conflict
from carehub.careplan.reading.draft import Draft
from carehub.careplan.reading.wording import comparable
from carehub.careplan.speakers import Speakers
from carehub.terms.organisations import SourceOrganisation

_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr"})


def next_of_kin(drafts: Sequence[Draft], names: Speakers) -> Iterator[Conflict]:
    """At most one conflict. A name that only says more than another (a title, a second given name) is the same."""
    held: dict[SourceOrganisation, list[Draft]] = {}
    for draft in sorted(drafts, key=lambda d: (d.entry.attributions[0].source, d.entry.key)):
        if draft.entry.active and "next of kin" in comparable(draft.entry.fact("Relationship")) and _parts(draft):
            held.setdefault(draft.entry.attributions[0].source, []).append(draft)
    sides = list(held.values())
    if any(not any(_same(a, b) for a in one for b in other) for n, one in enumerate(sides) for other in sides[n + 1 :]):
        told = "; ".join(f"{names[source]} {' and '.join(d.entry.title for d in drafts)}" for source, drafts in held.items())
        statements = [statement(d, f"Next of kin: {d.entry.title}") for drafts in sides for d in drafts]
        yield conflict("C7", "care_team", "low", f"Next of kin differs: {told}.", statements, about=["next of kin"])


def _parts(draft: Draft) -> set[str]:
    return set(comparable(draft.entry.title).split()) - _TITLES


def _same(a: Draft, b: Draft) -> bool:
    first, second = _parts(a), _parts(b)
    return first <= second or second <= first
