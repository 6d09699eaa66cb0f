"""A model of ours as settings of Splink 5: the same levels, m, u and term frequencies, so that both can weigh the same pairs.

Splink compares columns of two tables. What DuckDB can say itself it says (numbers, telephone, e-mail, sex, source, further fields); the levels
of names, dates and places, which lean on tables of names and spellings, come as columns of the pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carehub.identity.features import Features
from carehub.identity.pairing import levels, m_of, u_of
from carehub.identity.weights import CORE, DAY_FLOOR, FLOORED, RARE, SETTINGS, TERM_FLOOR, UNSEEN, Model, rare_values

Table = dict[str, list[Any]]
_SAID = {"number": "number", "phone": "phone", "sex": "sex", "source": "source", "email": "email"}
_SLIPS = "damerau_levenshtein({0}_l, {0}_r) <= {1}"
_ALIKE = "(least(length({0}_l), length({0}_r)) >= 4 and damerau_levenshtein({0}_l, {0}_r) <= 1)"
_CLOSE = "jaro_winkler_similarity({0}_l, {0}_r) >= {1}"
# Field → level → whose term frequency counts there.
_RARE_AT = {**{field: {0: field} for field in RARE if field in CORE}, "place": {0: "address", 2: "postcode", 3: "postcode"}}
_NOTHING = {("family", "swapped"), ("given", "placeholder")}
_NEVER_FOR = {("sex", "equal"), ("phone", "one-slip"), ("phone", "two-slips")}


def settings_of(model: Model) -> dict[str, Any]:
    """Splink settings for the two tables of `tables`; every level is trained and nothing is left to Splink."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": 1 / (1 + 2**-model.prior),
        "comparisons": [_comparison(model, field) for field in model.fields()],
        "blocking_rules_to_generate_predictions": ["l.unique_id = r.unique_id"],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
    }


def tables(model: Model, pairs: Sequence[tuple[Features, Features]]) -> tuple[Table, Table]:
    """The two tables: row n of each is one record of pair n. Of a term that no table of the model has, the share is 2 ** -UNSEEN."""
    patterns = [levels(a, b) for a, b in pairs]
    both: Table = {"unique_id": list(range(len(pairs))), "setting": [pattern[0] for pattern in patterns]}
    for at, field in enumerate(model.fields()):
        if field in CORE and field not in _SAID:
            both[f"level_{field}"] = [None if pattern[at + 1] < 0 else pattern[at + 1] for pattern in patterns]
    return tuple({**both, **_columns(model, [pair[side] for pair in pairs])} for side in (0, 1))  # type: ignore[return-value]


def _columns(model: Model, records: Sequence[Features]) -> Table:
    told: Table = {field: [getattr(f, field) or None for f in records] for field in _SAID.values()}
    told["source"] = [f.source for f in records]
    for name, values in zip((*RARE, *_named(model)), zip(*map(rare_values, records), strict=True), strict=True):
        shares = model.shares.get(name.removeprefix("x_"), {})
        told[name] = [value or None for value in values]
        told[f"tf_{name}"] = [shares.get(value, 0.0) or 2.0**-UNSEEN if value else None for value in values]
    return told


def _named(model: Model) -> list[str]:
    return [f"x_{name}" for name in model.extras]


def _comparison(model: Model, field: str) -> dict[str, Any]:
    """One level for each level of ours in each setting, in our order; the last is Splink's "else"."""
    name = field if field in CORE else f"x_{field}"
    missing = f"{name}_l is null or {name}_r is null" if name != field or field in _SAID else f"level_{field}_l is null"
    made: list[dict[str, Any]] = [{"sql_condition": missing, "is_null_level": True}]
    rare = _RARE_AT.get(field, {} if field in CORE else {0: name})
    for number, level in enumerate(model.fields()[field]):
        for setting in range(len(SETTINGS)):
            m, u = m_of(model, field, setting)[number], u_of(model, field, setting)[number]
            if (field, level) in _NOTHING or ((field, level) in _NEVER_FOR and m > u):
                u = m
            one = {"sql_condition": f"{_condition(field, name, number)} and setting_l = {setting}", "m_probability": m, "u_probability": u}
            if number in rare:
                one |= {
                    "tf_adjustment_column": rare[number],
                    "tf_minimum_u_value": _floor(field, setting, u),
                    "disable_tf_exact_match_detection": True,
                }
            made.append(one)
    made[-1]["sql_condition"] = "ELSE"
    return {"output_column_name": f"c_{field}", "comparison_levels": made}


def _condition(field: str, name: str, number: int) -> str:
    if field in ("number", "phone"):
        steps = ["{0}_l = {0}_r", _SLIPS.replace("{1}", "1"), _SLIPS.replace("{1}", "2")]
    elif field in ("sex", "source"):
        steps = ["{0}_l = {0}_r"]
    elif field == "email":
        alike = f"({_SLIPS.replace('{1}', '3')} or {_CLOSE.replace('{1}', '0.92')})"
        steps = ["{0}_l = {0}_r", alike, "split_part({0}_l, '@', 1) = split_part({0}_r, '@', 1)"]
    elif field in CORE:
        return f"level_{field}_l = {number}"
    else:
        steps = ["{0}_l = {0}_r", f"({_ALIKE} or {_CLOSE.replace('{1}', '0.88')})"]
    return steps[number].replace("{0}", name) if number < len(steps) else "true"


def _floor(field: str, setting: int, average: float) -> float:
    """The least that a term frequency counts as: see weights.TERM_FLOOR and DAY_FLOOR; where two live together, no less than the average."""
    if field == "born":
        return min(average, DAY_FLOOR) if setting == 0 else average
    if field in FLOORED or field not in CORE:
        return TERM_FLOOR if setting == 0 else max(TERM_FLOOR, average)
    return average
