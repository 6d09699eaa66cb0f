"""What every model must satisfy before it may decide anything (IDENTITY 10, "training safeguards": each was a failure once)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import log2

from carehub.identity.pairing import m_of, u_of
from carehub.identity.weights import CORE, SETTING_M, SETTING_U, SETTINGS, Model

_LADDERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "number": (("equal", "one-slip", "two-slips", "differ"),),
    "given": (
        ("equal", "same-name", "alike", "sounds-alike", "near", "differ"),
        ("equal", "short-form", "differ"),
        ("equal", "initial", "differ"),
        ("alike", "two-names", "differ"),
    ),
    "others": (("equal", "alike", "differ"), ("equal", "initial", "differ")),
    "family": (("equal", "alike", "sounds-alike", "near", "differ"), ("equal", "part", "differ")),
    "born": (
        ("equal", "one-slip", "two-slips", "differ"),
        ("equal", "turned", "differ"),
        ("equal", "first-of-january", "differ"),
        ("equal", "two-parts", "year", "differ"),
    ),
    "sex": (("equal", "differ"),),
    "place": (("same-address", "alike-address", "other-house", "near", "area", "elsewhere"), ("same-address", "same-postcode", "near")),
    "phone": (("equal", "one-slip", "two-slips", "differ"),),
    "email": (("equal", "alike", "differ"), ("equal", "same-local", "differ")),
}
# Of any further field.
_WORDS = (("equal", "alike", "differ"),)
# A prior of so many bits says that two records of a blocked pair are hardly ever one person's, or nearly always.
_PRIOR = (-60.0, 0.0)


def ladders(model: Model) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """Each field and setting with levels in order of agreement: closer may never weigh less than further apart."""
    for name, levels in model.fields().items():
        rows = len(SETTINGS) if name in SETTING_U or name in SETTING_M else 1
        for ladder in _LADDERS.get(name, () if name in CORE else _WORDS):
            for setting in range(rows):
                yield name, setting, tuple(levels.index(level) for level in ladder)


def failures(model: Model) -> list[str]:
    """What is wrong with a model, a sentence each; none when it may be used. `weights.read` has refused untrained levels already."""
    wrong = []
    for name, levels in model.fields().items():
        for told, table in (("m", model.m), ("u", model.u)):
            for row in table[name]:
                if len(row) != len(levels) or not min(row) > 0:
                    return [f"{name}: a level has no {told}: it was never seen and nothing is stated for it."]
                if abs(sum(row) - 1) > 1e-3:
                    wrong.append(f"{name}: the {told} of its levels sum to {sum(row):.3f}, not to 1.")
    if model.m["given"][0][0] <= 0.5:
        wrong.append(
            f"given: records of one person have equal given names in {model.m['given'][0][0]:.2f} of the pairs; more than half is wanted."
        )
    for name, setting, steps in ladders(model):
        levels, m, u = model.fields()[name], m_of(model, name, setting), u_of(model, name, setting)
        for closer, further in pairwise(steps):
            above, below = log2(m[closer] / u[closer]), log2(m[further] / u[further])
            if above < below - 1e-3:
                wrong.append(
                    f"{name}, {SETTINGS[setting]}: {levels[closer]} weighs {above:.2f} bits, less than {levels[further]} with {below:.2f}."
                )
    if not _PRIOR[0] < model.prior < _PRIOR[1]:
        wrong.append(f"The prior is {model.prior:.1f} bits, which is none that people have.")
    return wrong
