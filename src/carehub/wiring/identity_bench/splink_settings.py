"""Settings for Splink 5: every field compared in named steps, term frequencies on equal values, and one comparison for the household.

"tuned" compares each field alone. "household" takes surname, address and postcode together, because people who live together share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Level = dict[str, Any]
Comparison = dict[str, Any]
# No surname counts as rarer than this in the household comparison.
_FLOOR = 0.0003
_ALIKE = "(jaro_winkler_similarity({0}_l, {0}_r) >= 0.92 or levenshtein({0}_l, {0}_r) <= 1)"


def compared(present: Sequence[str], extras: Sequence[str], household: bool) -> list[Comparison]:
    """The comparisons for the columns that the set has."""
    made = {
        "number": _identifier("number"),
        "given": _name("given", "family" if "family" in present else ""),
        "family": _name("family", "given" if "given" in present else ""),
        "middle": _words("middle"),
        "born": _born(),
        "sex": _steps("sex", ["sex_l = sex_r"]),
        "postcode": _steps(
            "postcode",
            [
                "postcode_l = postcode_r",
                "levenshtein(postcode_l, postcode_r) <= 1",
                "left(postcode_l, -2) = left(postcode_r, -2)",
                "left(postcode_l, -3) = left(postcode_r, -3)",
            ],
            rare=True,
        ),
        "address": _steps(
            "address",
            [
                "address_l = address_r",
                "levenshtein(address_l, address_r) <= 2",
                "split_part(address_l, '|', 2) = split_part(address_r, '|', 2) and jaro_winkler_similarity(address_l, address_r) > 0.88",
                "jaro_winkler_similarity(address_l, address_r) >= 0.9",
            ],
            rare=True,
        ),
        "phone": _identifier("phone"),
        "email": _steps(
            "email",
            [
                "email_l = email_r",
                "levenshtein(email_l, email_r) <= 2",
                "split_part(email_l, '@', 1) = split_part(email_r, '@', 1)",
            ],
            rare=True,
        ),
        **{name: _words(name) for name in extras},
    }
    if household:
        for name in ("family", "address", "postcode"):
            del made[name]
        made["home"] = _home()
    return [comparison for name, comparison in made.items() if name in present or name == "home"]


def blocked(present: Sequence[str], extras: Sequence[str], records: int) -> list[str]:
    """Which pairs are compared: SQL conditions on l and r."""
    wanted: list[Sequence[str]] = [
        *[(name,) for name in ("number", "phone", "email")],
        ("given", "family"),
        ("sound_given", "sound_family"),
        ("family", "born"),
        ("given", "born"),
        ("born", "postcode"),
        *[("postcode", name) for name in ("given", "family", "sound_given", "sound_family")],
        *[("address", name) for name in ("given", "family", "born")],
        ("sound_given", "month"),
        ("sound_family", "month"),
        ("sound_given", "day"),
        ("sound_family", "day"),
        ("born", "first_given"),
        ("born", "first_family"),
        *[(extra, name) for extra in extras for name in ("given", "family", "born")],
    ]
    if records < 20_000:
        wanted += [("given",), ("family",), ("born",), ("postcode",)]
    has = {*present, *extras}
    has |= {f"{kind}_{name}" for kind in ("sound", "first") for name in ("given", "family") if name in has}
    has |= {"month", "day"} if "born" in has else set()
    rules = [" and ".join(f"l.{name} = r.{name}" for name in names) for names in wanted if has.issuperset(names)]
    if has.issuperset(("given", "family")):
        rules.append("l.given = r.family and l.family = r.given")
    return rules


def taught(present: Sequence[str], household: bool) -> list[str]:
    """The blocks within which expectation-maximisation runs: each leaves the fields it blocks on to the others."""
    has = set(present)
    wanted: list[Sequence[str]] = [("given", "family"), ("given", "born"), ("family", "born"), ("number",), ("given", "postcode")]
    if household:
        wanted = [("given", "born"), ("given", "family", "year"), ("number",), ("born", "first_given")]
    rules = [" and ".join(f"l.{name} = r.{name}" for name in names) for names in wanted if has | {"year", "first_given"} >= set(names)]
    return rules or ["l.given = r.given"]


def certain(present: Sequence[str]) -> list[str]:
    """Rules that are hardly ever wrong, for the share of pairs that are one person."""
    wanted: list[Sequence[str]] = [("number",), ("given", "family", "born"), ("given", "family", "postcode"), ("email", "given")]
    return [" and ".join(f"l.{name} = r.{name}" for name in names) for names in wanted if set(present) >= set(names)]


def _steps(name: str, conditions: Sequence[str], *, rare: bool = False, null: str = "") -> Comparison:
    levels: list[Level] = [{"sql_condition": null or f"{name}_l is null or {name}_r is null", "is_null_level": True}]
    levels += [{"sql_condition": condition} for condition in conditions]
    if rare:
        levels[1]["tf_adjustment_column"] = name
    return {"output_column_name": name, "comparison_levels": [*levels, {"sql_condition": "ELSE"}]}


def _identifier(name: str) -> Comparison:
    return _steps(name, [f"{name}_l = {name}_r", f"levenshtein({name}_l, {name}_r) <= 1", f"levenshtein({name}_l, {name}_r) <= 2"])


def _words(name: str) -> Comparison:
    return _steps(name, [f"{name}_l = {name}_r", f"jaro_winkler_similarity({name}_l, {name}_r) >= 0.88"], rare=True)


def _name(name: str, other: str) -> Comparison:
    return _steps(
        name,
        [
            f"{name}_l = {name}_r",
            *([f"{name}_l = {other}_r and {other}_l = {name}_r"] if other else []),
            _ALIKE.format(name),
            f"jaro_winkler_similarity({name}_l, {name}_r) >= 0.85 or sound_{name}_l = sound_{name}_r",
            f"jaro_winkler_similarity({name}_l, {name}_r) >= 0.75",
            f"left({name}_l, 1) = left({name}_r, 1)",
        ],
        rare=True,
    )


def _born() -> Comparison:
    year, month, day = (f"(substr(born_l, {at}, {length}) = substr(born_r, {at}, {length}))" for at, length in ((1, 4), (6, 2), (9, 2)))
    turned = "substr(born_l, 6, 2) = substr(born_r, 9, 2) and substr(born_l, 9, 2) = substr(born_r, 6, 2)"
    return _steps(
        "born",
        [
            "born_l = born_r",
            f"{year} and {turned}",
            "damerau_levenshtein(born_l, born_r) <= 1",
            f"cast({year} as int) + cast({month} as int) + cast({day} as int) = 2",
            "damerau_levenshtein(born_l, born_r) <= 2",
            year,
        ],
        rare=True,
    )


def _home() -> Comparison:
    nothing = (
        "(family_l is null or family_r is null) and (address_l is null or address_r is null) and (postcode_l is null or postcode_r is null)"
    )
    alike = _ALIKE.format("family")
    comparison = _steps(
        "home",
        [
            "family_l = family_r and address_l = address_r",
            f"{alike} and address_l = address_r",
            "address_l = address_r",
            f"{alike} and postcode_l = postcode_r",
            "postcode_l = postcode_r",
            "family_l = family_r and (address_l is null or address_r is null)",
            "family_l = family_r",
            alike,
        ],
        null=nothing,
    )
    for at in (6, 7):
        comparison["comparison_levels"][at] |= {
            "tf_adjustment_column": "family",
            "tf_minimum_u_value": _FLOOR,
            "disable_tf_exact_match_detection": True,
        }
    return comparison
