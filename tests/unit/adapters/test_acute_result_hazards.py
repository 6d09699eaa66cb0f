"""Hazard H-11: whatever order its segments come in, a result keeps its own value, unit, range, flag, time, note, report and specimen time."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from unit.adapters.acute_messages import every, header, mapped, segment

WHO = "PID|1||H1^^^X9A01^MR"
ORDERS = {"F1": ("U3^Urea and electrolytes^NLAB", "20261121063000"), "F2": ("B1^Full blood count^NLAB", "20261120101500")}
# order, test, value, unit, range, flag, time, note: no two alike anywhere, so that nothing displaced can look right.
RESULTS = (
    ("F1", "Creatinine", "98", "umol/L", "45-84", "H", "20261121063100", "Haemolysed"),
    ("F1", "Sodium", "131", "mmol/L", "133-146", "L", "20261121063200", "Repeat in a week"),
    ("F1", "Potassium", "4.40", "mmol/L", "3.5-5.3", "N", "20261121063300", ""),
    ("F2", "Haemoglobin", "112", "g/L", "120-150", "A", "20261120101600", "Known anaemia"),
    ("F2", "Platelets", "150.0", "10*9/L", "140-400", "", "20261120101700", ""),
)


def _segments(row: tuple[str, ...], set_id: int) -> list[str]:
    _, test, value, unit, limits, flag, when, note = row
    told = segment("OBX", f1=str(set_id), f2="NM", f3=f"{test}^{test}^NLAB", f5=value, f6=unit, f7=limits, f8=flag, f11="F", f14=when)
    return [told, *([f"NTE|1||{note}"] if note else [])]


def _message(orders: list[str], results: list[tuple[str, ...]], numbered_anew: bool) -> Any:
    sent = [header("ORU^R01", "20261121090000"), WHO]
    for order in orders:
        name, taken = ORDERS[order]
        sent.append(segment("OBR", f1="1", f3=order, f4=name, f7=taken, f25="F"))
        rows = [row for row in results if row[0] == order]
        for place, row in enumerate(rows, 1):
            sent += _segments(row, place if numbered_anew else RESULTS.index(row) + 1)
    return mapped(*sent)


def _what_each_says(told: Any) -> dict[str, tuple[Any, ...]]:
    reports = {to["reference"]: report["code"]["text"] for report in every(told, "DiagnosticReport") for to in report["result"]}
    return {
        found["code"]["coding"][0]["display"]: (
            str(found["valueQuantity"]["value"]),
            found["valueQuantity"]["unit"],
            "-".join(str(found["referenceRange"][0][end]["value"]) for end in ("low", "high")),
            [one["coding"][0]["code"] for one in found.get("interpretation", ())],
            found["effectiveDateTime"],
            [note["text"] for note in found.get("note", ())],
            reports[f"Observation/{found['id']}"],
        )
        for found in every(told, "Observation")
    }


def test_hazard_each_result_has_what_was_sent_with_it() -> None:
    said = _what_each_says(_message(["F1", "F2"], list(RESULTS), True))
    assert len(said) == len(RESULTS)
    for order, test, value, unit, limits, flag, when, note in RESULTS:
        found = said[test]
        assert found[:2] == (value, unit)
        assert found[2] == limits
        assert found[3] == ([flag] if flag else [])
        assert found[4].startswith(f"{when[:4]}-{when[4:6]}-{when[6:8]}T{when[8:10]}:{when[10:12]}")
        assert found[5] == ([note] if note else [])
        assert found[6] == ORDERS[order][0].split("^")[1]


@settings(max_examples=60, deadline=None)
@given(st.permutations(list(ORDERS)), st.permutations(RESULTS), st.booleans())
def test_hazard_results_and_their_notes_in_any_order_say_the_same(orders: list[str], results: list[Any], numbered_anew: bool) -> None:
    assert _what_each_says(_message(orders, results, numbered_anew)) == _what_each_says(_message(["F1", "F2"], list(RESULTS), True))
