"""`carehub identity train`: a model of the site's own records, without labels; refused when it is worse than the one in force."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from carehub.identity import agreement, gate, rule_file, safeguards, scales, shipping, training
from carehub.identity.features import Features
from carehub.identity.rule_file import MatchingRules
from carehub.identity.weights import Model
from carehub.store.ports import Links
from carehub.wiring.bootstrap import open_store
from carehub.wiring.matching_rules import load_gate, standing_rules
from carehub.wiring.settings import Settings

# Of fewer records there is nothing to estimate.
_LEAST = 5_000
_TOGETHER = 500


def train(name: str, out: Path, *, records: int) -> bool:
    """Write NAME.json and the rules file that would put it in force into a folder; False, and nothing written, when the model is refused."""
    settings = Settings()
    with closing(open_store(settings)) as store:
        standing, told = standing_rules(settings.identity_rules, store)
        read = list(every(store.links, records))
    if len(read) < _LEAST:
        print(f"There are {len(read)} records; a model wants at least {_LEAST}. Nothing was written.")
        return False
    provenance = {
        "made_from": "the records of this site",
        "method": "expectation-maximisation, no labels",
        "instead_of": standing.model.name,
    }
    model = shipping.fit(training.train(read, name=name, provenance=provenance))
    _show(agreement.by_sources(read, model, sure=standing.settings.zones.auto))
    wrong = refusals(model, standing, load_gate())
    if wrong:
        print("REFUSED, nothing was written:\n" + "\n".join(wrong))
        return False
    text = model.to_json() + "\n"
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(text, encoding="utf-8")
    for key, value in (("version", str(standing.version + 1)), ("model", f'"{name}"'), ("model_sha256", f'"{rule_file.digest(text)}"')):
        told = re.sub(rf"^{key} = .*$", f"{key} = {value}", told, flags=re.M)
    (out / "rules.toml").write_text(told, encoding="utf-8")
    print(f"{name}: {len(read)} records, {len(text.encode())} bytes. Next: carehub identity dry-run {out / 'rules.toml'}")
    return True


def every(links: Links, most: int) -> Iterator[Features]:
    """At most so many records, as the matcher reads them: all of each person, persons spread evenly over the store."""
    persons, given = links.persons(), 0
    # A person has three records or so; where that leaves room, the rest of the store is not asked.
    step = max(1, 3 * len(persons) // max(most, 1))
    for start in range(0, len(persons), step * _TOGETHER):
        some = persons[start : start + step * _TOGETHER : step]
        patients = [link.patient for told in links.links_of_each(some).values() for link in told]
        for patient, member in links.members(patients).items():
            if given >= most:
                return
            given += 1
            yield scales.read(patient, member.demographics)


def refusals(model: Model, standing: MatchingRules, cases: Sequence[gate.Case]) -> list[str]:
    """Why a model may not take the place of the one in force: safeguards it fails, and cases of the gate that it alone fails.

    Cases aimed at a threshold are left out: where a threshold lies is chosen for one model.
    """
    wrong = [f"safeguard: {words}" for words in safeguards.failures(model)]
    if wrong:
        return wrong
    aimed = [case for case in cases if case.rule in rule_file.RULES]
    known = {breach.case for breach in gate.failures(aimed, standing.model, standing.settings)}
    breaches = gate.failures(aimed, model, standing.settings)
    return [f"gate, {one.rule}: {one.case}: {one.because}" for one in breaches if one.case not in known]


def _show(found: Mapping[tuple[str, str], Mapping[str, tuple[int, int]]]) -> None:
    """Agreement by field for each two sources, those with most pairs first."""
    print("Of pairs that are likely one person's, how many agree, of those where both say it:")
    for (a, b), told in sorted(found.items(), key=lambda one: (-max(both for _, both in one[1].values()), one[0]))[:40]:
        print(f"  {a} – {b}: " + ", ".join(f"{name} {agree / both:.0%} of {both}" for name, (agree, both) in told.items()))
