"""A trained model made fit to be kept: monotone in agreement, without the frequencies that no weight depends on, and short in writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from carehub.identity.pairing import u_of
from carehub.identity.safeguards import ladders
from carehub.identity.weights import FLOORED, RARE, SETTING_M, SETTING_U, SETTINGS, TERM_FLOOR, Model

EVERYWHERE = frozenset({"given", "family", "born"})
"""Fields whose frequencies say something beyond the place they were counted in."""

# Digits kept: the last ones depend on the machine's logarithm.
_DIGITS = 5
_ROUNDS = 100


def fit(model: Model, *, elsewhere: bool = False) -> Model:
    """The model to keep. elsewhere: for other people than it was trained on: only frequencies of EVERYWHERE, and of dates only what stands out.
    Weights change only where agreement weighed less than disagreement, and by rounding."""
    m, u = _monotone(model)
    kept = replace(model, m=_rounded(m), u=_rounded(u), prior=_round(model.prior))
    told = {name: _needed(kept, name, elsewhere) for name in (*RARE, *model.extras)}
    return replace(kept, shares=told, provenance={key: _round(x) if isinstance(x, float) else x for key, x in model.provenance.items()})


def _monotone(model: Model) -> tuple[dict[str, list[list[float]]], dict[str, list[list[float]]]]:
    """Where a closer level weighs less than one further apart, both weigh what they weigh together (pool adjacent violators). Where enough pairs
    showed the one and hardly any the other, what was seen stands and the other takes its weight.
    """
    stated = model.provenance.get("stated", {})
    guessed = {
        (name, setting): {levels.index(level) for level in stated[name][min(setting, len(stated[name]) - 1)]} if name in stated else set()
        for name, levels in model.fields().items()
        for setting in range(len(SETTINGS))
    }
    m = {name: [list(row) for row in rows] for name, rows in model.m.items()}
    u = {name: [list(row) for row in rows] for name, rows in model.u.items()}
    settled: dict[tuple[str, int], set[int]] = {key: set() for key in guessed}
    for _ in range(_ROUNDS):
        changed = False
        for name, setting, steps in ladders(model):
            ours, theirs = m[name][setting if name in SETTING_M else 0], u[name][setting if name in SETTING_U else 0]
            for closer, further in pairwise(steps):
                if ours[closer] / theirs[closer] < ours[further] / theirs[further] * (1 - 1e-9):
                    changed = True
                    guesses, taken = guessed[name, setting], settled[name, setting]
                    if closer in guesses and (further not in guesses or further in taken):
                        theirs[closer] = ours[closer] * theirs[further] / ours[further]
                        taken.add(closer)
                        continue
                    if further in guesses and (closer not in guesses or closer in taken):
                        theirs[further] = ours[further] * theirs[closer] / ours[closer]
                        taken.add(further)
                        continue
                    together = (ours[closer] + ours[further]) / (theirs[closer] + theirs[further])
                    if name in SETTING_U and name not in SETTING_M:
                        # m is shared by the settings: what changes is how often two people of this setting agree so.
                        both = theirs[closer] + theirs[further]
                        share = ours[closer] / (ours[closer] + ours[further])
                        theirs[closer], theirs[further] = both * share, both * (1 - share)
                    else:
                        ours[closer], ours[further] = together * theirs[closer], together * theirs[further]
        if not changed:
            break
    return m, {name: [[x / sum(row) for x in row] for row in rows] for name, rows in u.items()}


def _needed(model: Model, name: str, elsewhere: bool) -> Mapping[str, float]:
    """The shares that some weight depends on: whatever is rarer counts as rare as the floor."""
    if elsewhere and name not in EVERYWHERE:
        return {}
    least = TERM_FLOOR if elsewhere and name == "born" else _least(model, name)
    return {value: _round(share) for value, share in sorted(model.shares[name].items()) if share >= least}


def _least(model: Model, name: str) -> float:
    if name == "given":
        return TERM_FLOOR / 3  # two names alike are told from a slip by it, see weights.KNOWN_NAME
    if name in FLOORED or name in model.extras:
        return TERM_FLOOR
    rows = range(len(SETTINGS))
    if name == "address":
        return u_of(model, "place", 0)[0]
    if name == "postcode":
        return min(u_of(model, "place", 0)[2:4])
    return min(u_of(model, name, setting)[0] for setting in rows)


def _rounded(table: Mapping[str, Sequence[Sequence[float]]]) -> dict[str, list[list[float]]]:
    return {name: [[_round(x) for x in row] for row in rows] for name, rows in table.items()}


def _round(x: float) -> float:
    return float(f"{x:.{_DIGITS}g}")
