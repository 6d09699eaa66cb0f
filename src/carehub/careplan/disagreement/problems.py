"""C4 for conditions: active in one source, ended or refuted in another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carehub.careplan.conflicts import conflict, on
from carehub.careplan.disagreement.naming import named_alike, statement, terms
from carehub.careplan.plan import Conflict
from carehub.careplan.reading.draft import Draft
from carehub.careplan.speakers import Speakers
from carehub.terms.moments import show_date, sort_key


def find(drafts: Sequence[Draft], names: Speakers) -> Iterator[Conflict]:
    """One conflict for each condition, side of the body and two sources whose states cannot both hold."""
    for alike in named_alike(sorted(drafts, key=lambda d: d.entry.key)):
        pairs: dict[tuple[object, ...], list[tuple[Draft, Draft]]] = {}
        for live in (d for d in alike if d.traits.state == "active"):
            for over in (d for d in alike if d.traits.state in ("ended", "refuted")):
                if _contradict(live, over):
                    sides = (live.entry.attributions[0].source, over.entry.attributions[0].source, live.traits.exact[1:])
                    pairs.setdefault(sides, []).append((live, over))
        for held in pairs.values():
            yield _active_against_over(held, names)


def _contradict(live: Draft, over: Draft) -> bool:
    if live.entry.attributions[0].source == over.entry.attributions[0].source or live.traits.exact[1:] != over.traits.exact[1:]:
        return False
    ended = over.traits.ends
    return not (ended and live.traits.begins and live.traits.begins[:10] > ended[:10])


def _active_against_over(pairs: list[tuple[Draft, Draft]], names: Speakers) -> Conflict:
    lives = {live.entry.key: live for live, _ in pairs}
    overs = {over.entry.key: over for _, over in pairs}
    over = max(overs.values(), key=lambda d: (sort_key(d.traits.ends), d.entry.key))
    a, b = next(iter(lives.values())).entry.attributions[0], over.entry.attributions[0]
    verb = "refuted" if over.traits.state == "refuted" else f"records this as {over.entry.status.lower() or 'past'}"
    as_at = f" ({names[a.source]} list as at {show_date(a.recorded)})" if a.recorded else ""
    object_ = " this" if over.traits.state == "refuted" else ""
    everybody = [*lives.values(), *overs.values()]
    return conflict(
        "C4",
        "problems",
        "moderate",
        f"{names[b.source]} {verb}{object_}{on(over.traits.ends)}. {names[a.source]} list still shows it as active{as_at}.",
        [statement(d, f"{d.entry.title}: {d.entry.status}") for d in everybody],
        about=terms(everybody, a.source.code, b.source.code, *over.traits.exact[1:]),
    )
