"""C4 for conditions: active in one source, ended or refuted in another. C6: two different resuscitation decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carehub.careplan.conflicts import conflict, on
from carehub.careplan.disagreement.allergies import statement
from carehub.careplan.plan import Conflict
from carehub.careplan.reading.draft import Draft
from carehub.careplan.speakers import Speakers
from carehub.terms.moments import show_date


def find(drafts: Sequence[Draft], names: Speakers) -> Iterator[Conflict]:
    """Pairs of entries about one coded condition, or with equal words, in two sources whose states cannot both hold."""
    groups: dict[str, list[Draft]] = {}
    for draft in sorted(drafts, key=lambda d: d.entry.key):
        for key in draft.traits.concept or {f"words|{draft.traits.name}"}:
            groups.setdefault(key, []).append(draft)
    found: dict[str, Conflict] = {}
    for group in groups.values():
        for live in (d for d in group if d.traits.state == "active"):
            for over in (d for d in group if d.traits.state in ("ended", "refuted")):
                said = _pair(live, over, names)
                if said:
                    found[said.id] = said
    yield from found.values()


def _pair(live: Draft, over: Draft, names: Speakers) -> Conflict | None:
    a, b = live.entry.attributions[0], over.entry.attributions[0]
    if a.source == b.source or live.traits.exact[1:] != over.traits.exact[1:]:
        return None
    ended = over.traits.ends
    if ended and live.traits.begins and live.traits.begins[:10] > ended[:10]:
        return None
    verb = "refuted" if over.traits.state == "refuted" else f"records this as {over.entry.status.lower() or 'past'}"
    as_at = f" ({names[a.source]} list as at {show_date(a.recorded)})" if a.recorded else ""
    object_ = " this" if over.traits.state == "refuted" else ""
    return conflict(
        "C4",
        "problems",
        "moderate",
        f"{names[b.source]} {verb}{object_}{on(ended)}. {names[a.source]} list still shows it as active{as_at}.",
        [statement(live, f"{live.entry.title}: {live.entry.status}"), statement(over, f"{over.entry.title}: {over.entry.status}")],
    )


def resuscitation(drafts: Sequence[Draft]) -> Iterator[Conflict]:
    """One C6 when current records hold both decisions, also when one source holds both."""
    decisions = [d for d in drafts if d.traits.state in ("for resuscitation", "not for resuscitation")]
    if len({d.traits.state for d in decisions}) == 2:
        yield conflict(
            "C6",
            "alerts",
            "high",
            "Two different recommendations are held. Neither is assumed to be current.",
            [statement(d, f"{d.entry.title}{': ' + d.entry.fact('Value') if d.entry.fact('Value') else ''}") for d in decisions],
        )
