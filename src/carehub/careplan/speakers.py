"""What each source is called in a sentence: its badge, with the organisation's name where two sources share a badge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from carehub.terms.organisations import SourceKind, SourceOrganisation

Speakers = Mapping[SourceOrganisation, str]

# Which sources hold allergies and medicines as part of their work (SCREENS 3.0.2).
CLINICAL = frozenset({SourceKind.GP, SourceKind.COMMUNITY, SourceKind.ACUTE})


def speakers(sources: Iterable[SourceOrganisation]) -> dict[SourceOrganisation, str]:
    """Each source to its words: "GP", or "GP (Elmfield Surgery)" when another source has the same badge."""
    distinct = sorted(set(sources))
    sharing: dict[str, set[str]] = {}
    for source in distinct:
        sharing.setdefault(source.kind.badge, set()).add(source.code)
    return {s: s.kind.badge if len(sharing[s.kind.badge]) == 1 else f"{s.kind.badge} ({s.title})" for s in distinct}


def midway(name: str) -> str:
    """A source's words inside a sentence: "hospital", "social care"; "GP" and "PDS" stay."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def listed(names: Iterable[str]) -> str:
    """ "GP", "GP and Hospital", "Community, GP and Hospital": each once, in order of the alphabet."""
    distinct = sorted(set(names))
    return distinct[0] if len(distinct) == 1 else f"{', '.join(distinct[:-1])} and {distinct[-1]}" if distinct else ""
