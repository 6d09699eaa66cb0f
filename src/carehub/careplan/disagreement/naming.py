"""Which entries name one thing: those that share words or a code, also through others (a brand coded like its generic)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from carehub.careplan.plan import Statement
from carehub.careplan.reading.draft import Draft


def named_alike(drafts: Sequence[Draft]) -> list[list[Draft]]:
    """The drafts in groups that name one thing, in the order of their names. A group shares no term with another."""
    leader: dict[str, str] = {}

    def lead(term: str) -> str:
        while leader.setdefault(term, term) != term:
            term = leader[term]
        return term

    for draft in drafts:
        named = sorted(_terms(draft))
        top = min(lead(term) for term in named)
        for term in named:
            leader[lead(term)] = top
    groups: dict[str, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(lead(min(_terms(draft))), []).append(draft)
    return [groups[name] for name in sorted(groups)]


def terms(drafts: Iterable[Draft], *sides: str) -> list[str]:
    """What a conflict over these drafts is about: each term that names the thing, with the sides that disagree where these tell it apart."""
    return sorted({"|".join((term, *sides)) for draft in drafts for term in _terms(draft)})


def statement(draft: Draft, text: str = "") -> Statement:
    """A draft as one side of a conflict."""
    return Statement(text or draft.entry.title, draft.entry.attributions[0], draft.entry.key)


def _terms(draft: Draft) -> set[str]:
    return {draft.traits.name or draft.entry.key, *draft.traits.concept}
