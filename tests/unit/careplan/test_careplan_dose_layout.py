"""UI-35: how an amount of coded parts is laid out, and that a dose in the source's own words is not. The table is the rule, read by eye."""

from __future__ import annotations

from decimal import Decimal

import pytest

from carehub.careplan.reading.dose_layout import RULES, laid
from carehub.careplan.reading.doses import shown_dose
from carehub.careplan.reading.wording import quantity
from unit.careplan.told import GP, HOSPITAL, medicine, only, plan, view

# value and unit as they were sent, and what is shown.
AMOUNTS = """
5           | mg          | 5 mg
5.0         | mg          | 5 mg
5.00        | mg          | 5 mg
2.5         | mg          | 2.5 mg
2.50        | mg          | 2.5 mg
0.5         | mg          | 0.5 mg
.5          | mg          | 0.5 mg
.50         | mg          | 0.5 mg
0.125       | mg          | 0.125 mg
0.1250      | mg          | 0.125 mg
62.5        | micrograms  | 62.5 micrograms
125         | mcg         | 125 mcg
125         | mcg.        | 125 mcg
10.0        | mg.         | 10 mg
10          | mg.         | 10 mg
20          | mL          | 20 mL
20.0        | mL.         | 20 mL
1           | g           | 1 g
1.0         | g.          | 1 g
999         | mg          | 999 mg
1000        | mg          | 1,000 mg
1000.0      | mg          | 1,000 mg
1500.50     | mg          | 1,500.5 mg
10000       | units       | 10,000 units
100000      | units       | 100,000 units
1000000     | unit        | 1,000,000 unit
1200000     | IU          | 1,200,000 IU
100         | mg/mL       | 100 mg/mL
10.010      | mg          | 10.01 mg
100.100     | mg          | 100.1 mg
0           | mg          | 0 mg
0.0         | mg          | 0 mg
5           |             | 5
5.0         |             | 5
1           | tab.        | 1 tab
2           | puffs       | 2 puffs
1           | tablet(s)   | 1 tablet(s)
1.0         | 5.0 mL spoon | 1 5.0 mL spoon
4.10        | 10*9/L      | 4.1 10*9/L
1000        | 10*3/uL     | 1,000 10*3/uL
5.0         | No. 2 patch | 5 No. 2 patch
5.0         | mg/1.0 mL   | 5 mg/1.0 mL
1           | Disp.       | 1 Disp.
"""


@pytest.mark.parametrize("line", AMOUNTS.strip().splitlines())
def test_ui_35_an_amount_of_coded_parts_is_laid_out(line: str) -> None:
    value, unit, shown = (cell.strip() for cell in line.split("|"))
    told = quantity({"value": Decimal(value), "unit": unit})
    assert laid(told) == shown
    assert laid(shown) == shown
    assert Decimal(shown.split(" ")[0].replace(",", "")) == Decimal(value)


# Words of a source. Each breaks a rule of layout, and stands as it was written.
WORDS = (
    "ONE OD",
    "5.0mg once daily",
    "5.0 mg. once daily",
    ".5 mg nocte",
    "Take 1000 mg BD",
    "10000 units s.c.",
    "1.50 mL",
    "take one each morning.",
    "2,5 mg",
    "1-2 tabs. prn",
    "mcg. 125",
    "2.50 MG PO QDS",
)


@pytest.mark.parametrize("words", WORDS)
def test_ui_35_what_a_source_wrote_as_text_stands_letter_for_letter(words: str) -> None:
    assert shown_dose({"text": words, "doseAndRate": [{"doseQuantity": {"value": Decimal("5.0"), "unit": "mg."}}]}) == words


@pytest.mark.parametrize(
    ("dosage", "shown"),
    [
        (
            {"doseAndRate": [{"doseRange": {"low": {"value": Decimal("1.0")}, "high": {"value": Decimal("2.0"), "unit": "tab."}}}]},
            "1 to 2 tab",
        ),
        (
            {"doseAndRate": [{"rateRatio": {"numerator": {"value": 1000, "unit": "mL."}, "denominator": {"value": 24, "unit": "h"}}}]},
            "1,000 mL / 24 h",
        ),
        ({"doseAndRate": [{"doseQuantity": {"value": Decimal("4.0"), "unit": "g", "comparator": "<="}}]}, "<=4 g"),
        (
            {
                "doseAndRate": [{"doseQuantity": {"value": Decimal("2.50"), "unit": "mg"}}],
                "route": {"text": "oral"},
                "asNeededBoolean": True,
            },
            "2.5 mg — oral — when required",
        ),
        ({"route": {"text": "10.0 route words."}, "timing": {"code": {"text": "BD 1000"}}}, "10.0 route words. — BD 1000"),
    ],
)
def test_ui_35_attributes_stand_apart_and_words_within_them_are_untouched(dosage: dict, shown: str) -> None:
    assert shown_dose(dosage) == shown


def test_ui_35_each_rule_is_needed_by_an_example() -> None:
    told = [
        quantity({"value": Decimal(v.strip()), "unit": u.strip()}) for v, u, _ in (line.split("|") for line in AMOUNTS.strip().splitlines())
    ]
    # A number of a FHIR decimal has its leading zero already; the rule is for what comes as text.
    told.append(".5 mg")
    for rule in RULES:
        assert any(rule.found.search(amount) for amount in told), rule.name


def test_ui_35_one_number_written_in_two_ways_is_no_dose_that_differs() -> None:
    def told(by, value: str):
        return view(
            by, medicine(by, "s", "Bisoprolol", dosage=[{"doseAndRate": [{"doseQuantity": {"value": Decimal(value), "unit": "mg"}}]}])
        )

    assert plan(told(GP, "5.0"), told(HOSPITAL, "5")).conflicts == ()
    [found] = plan(told(GP, "5.0"), told(HOSPITAL, "50")).conflicts
    assert (found.type, "GP 5 mg" in found.sentence, "50 mg" in found.sentence) == ("C3", True, True)
    assert only(plan(told(GP, "5.0")), "medicines").fact("Dose") == "5 mg"
