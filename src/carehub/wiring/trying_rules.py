"""`carehub identity dry-run`: the records of the store, linked anew under other rules in a store of their own, and what would change. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from carehub.hub.lane_view import LaneView
from carehub.identity import gate, linking, rule_changes, rule_file
from carehub.identity.decision import TRACED
from carehub.identity.links import Member, StandingMerge
from carehub.identity.network import Touched
from carehub.identity.rule_changes import ChangeCounts, State
from carehub.identity.rule_file import MatchingRules
from carehub.identity.scales import Scales
from carehub.store.ports import Links
from carehub.terms.moments import iso
from carehub.wiring.bootstrap import clock, open_store
from carehub.wiring.matching_rules import decided_by, load_gate, load_texts
from carehub.wiring.progress import advancing
from carehub.wiring.settings import Settings

# Persons read, settled and written together.
_TOGETHER = 200
_WORDS = {
    (State.APART, State.LINKED): "newly linked",
    (State.ASKED, State.LINKED): "linked, asked about until now",
    (State.LINKED, State.ASKED): "linked until now, to be asked about",
    (State.LINKED, State.APART): "linked until now, to be apart",
    (State.APART, State.ASKED): "newly asked about",
    (State.ASKED, State.APART): "no longer asked about",
}


class _Stored:
    """A store's links as a World."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def people(self) -> Iterator[Mapping[str, Sequence[str]]]:
        persons = iter(self._links.persons())
        while some := list(islice(persons, _TOGETHER)):
            yield self.records_of(some)

    def records_of(self, persons: Iterable[str]) -> Mapping[str, Sequence[str]]:
        return {person: [link.patient for link in links] for person, links in self._links.links_of_each(persons).items()}

    def person_of(self, records: Iterable[str]) -> Mapping[str, str]:
        return self._links.person_of(records)

    def asked(self) -> frozenset[tuple[str, str]]:
        reviews = self._links.reviews()
        homes = self._links.person_of({record for review in reviews for record in (review.a, review.b)})
        pairs = ((homes[one.a], homes[one.b]) for one in reviews if one.a in homes and one.b in homes)
        return frozenset((min(pair), max(pair)) for pair in pairs if pair[0] != pair[1])


def dry_run(new: Path | None, *, examples: int, as_json: bool) -> bool:
    """Print what the rules in a file would change; whether they pass the gate. Raises BadRules."""
    settings = Settings()
    rules, text, _ = load_texts(new)
    breaches = gate.failures(load_gate(), rules.model, rules.settings)
    with closing(open_store(settings)) as store, TemporaryDirectory(prefix="dry-run-", dir=settings.var) as folder:
        # Beside the store, because it holds what the store holds.
        other = Settings(var=Path(folder), database_url="")
        standing, said = decided_by(settings.identity_rules, store)
        with closing(open_store(other)) as trial:
            link_anew(store.links, trial.links, rules, quiet=as_json)
            summary = compare(store.links, trial.links, rules, examples)
    differs = rule_file.differences(said, text) if said else None
    if as_json:
        print(json.dumps(_told(summary, standing, rules, differs, breaches)))
    else:
        _show(summary, standing, rules, differs, breaches)
    return not breaches


def link_anew(links: Links, trial: Links, rules: MatchingRules, *, quiet: bool) -> None:
    """Put every record that has a person, then every merge and ruling, into another store's lane, as the lane would under these rules."""
    scales, at = Scales(rules.model, rules.settings, rules.version), iso(clock())
    persons = links.persons()
    merges: dict[tuple[str, str, str], StandingMerge] = {}
    with advancing("Linking anew", len(persons), quiet=quiet) as advance:
        for start in range(0, len(persons), _TOGETHER):
            some = persons[start : start + _TOGETHER]
            held = {person: [link.patient for link in told] for person, told in links.links_of_each(some).items()}
            members = links.members(patient for patients in held.values() for patient in patients)
            merges.update({merge.key: merge for merge in links.merges_of(members)})
            settle_together(trial, scales, at, [[members[p] for p in patients if p in members] for patients in held.values()])
            advance(len(some))
    with trial.lane() as lane:
        view = LaneView(lane)
        for merge in sorted(merges.values(), key=lambda merge: (merge.position, merge.key)):
            view.take(linking.settle((), (merge,), view, (), (), scales), 1, at)
        for ruling in links.rulings():
            view.take(linking.settle((), (), view, (), (ruling,), scales), 1, at)
        view.ask_proposed(links.proposals(), trial, scales)
        lane.commit(view.batch(1, at))


def settle_together(trial: Links, scales: Scales, at: str, groups: Sequence[Sequence[Member]]) -> None:
    """Put records into a lane, each group in one step. at: ISO UTC."""
    touched = [[Touched(m.patient, m.demographics, scales.keys(m.patient, m.demographics)) for m in members] for members in groups]
    every = [one for together in touched for one in together]
    with trial.lane() as lane:
        view = LaneView(lane)
        view.foresee(every, scales)
        for together in touched:
            if together:
                view.take(linking.settle(together, (), view, (), (), scales), 1, at)
        lane.commit(view.batch(1, at))


def compare(links: Links, trial: Links, rules: MatchingRules, examples: int) -> ChangeCounts:
    """What stands otherwise in the trial, with the rule that the new rules name for the two records."""
    scales = Scales(rules.model, rules.settings, rules.version)
    # Two records that the rule would put together and that stay apart do so because somebody else could be meant: what is asked then is the guard's.
    zones = rules.settings.zones
    guarded = Scales(rules.model, replace(rules.settings, zones=replace(zones, off=zones.off | {TRACED})), rules.version)
    summary = ChangeCounts(examples)
    changed = rule_changes.changes(_Stored(links), _Stored(trial))
    while some := list(islice(changed, _TOGETHER)):
        members = links.members({record for change in some for record in (change.a, change.b)})
        for change in some:
            says = [members[record].demographics for record in (change.a, change.b)]
            a, b = (scales.read(record, said) for record, said in zip((change.a, change.b), says, strict=True))
            rule = (scales if change.after is State.LINKED else guarded).weigh(a, b).rule
            summary.add(change, rule, (says[0].source, says[1].source))
    return summary


def _told(
    summary: ChangeCounts, standing: int, rules: MatchingRules, differs: Sequence[str] | None, breaches: Sequence[gate.Breach]
) -> dict[str, object]:
    return {
        "from": standing or None,
        "to": rules.version,
        "rules": differs,
        "gate": [{"case": one.case, "rule": one.rule, "merged": one.merged, "because": one.because} for one in breaches],
        "links_gained": summary.gained,
        "links_lost": summary.lost,
        "changes": [
            {
                "before": before,
                "after": after,
                "pairs": count,
                "by_rule": {rule: n for (x, y, rule), n in summary.by_rule.items() if (x, y) == (before, after)},
                "by_sources": [[a, b, n] for (x, y, a, b), n in summary.by_sources.items() if (x, y) == (before, after)],
                "examples": [[change.a, change.b, rule] for change, rule in summary.examples[before, after]],
            }
            for (before, after), count in summary.counts.items()
        ],
    }


def _show(
    summary: ChangeCounts, standing: int, rules: MatchingRules, differs: Sequence[str] | None, breaches: Sequence[gate.Breach]
) -> None:
    print(f"rules {standing or 'unknown'} → {rules.version}")
    if differs is None:
        print("The file of the rules that decided here was not kept, so what it said otherwise cannot be told.")
    else:
        print("\n".join(differs) or "The rules are the same.")
    for one in breaches:
        print(f"FAILS THE GATE, {one.rule}: {one.case}: {one.because}.")
    print(f"{summary.gained} pairs of records would be linked that are not; {summary.lost} that are would not be.")
    for kind, words in _WORDS.items():
        if kind not in summary.counts:
            continue
        table = Table("Rule", "Sources", "Pairs", title=f"{summary.counts[kind]} {words}", title_justify="left")
        for (before, after, rule), count in summary.by_rule.most_common():
            if (before, after) == kind:
                table.add_row(rule, "", str(count))
        for (before, after, a, b), count in summary.by_sources.most_common(10):
            if (before, after) == kind:
                table.add_row("", f"{a} – {b}", str(count))
        Console().print(table)
        for change, rule in summary.examples[kind]:
            print(f"  {change.a}  {change.b}  {rule}")
    print("Nothing was written. To see two of these records: carehub identity explain RECORD RECORD.")
