"""Units that are UCUM as they stand (https://ucum.org/ucum). Any other unit of a GP2GP extract is kept as words."""

from __future__ import annotations

UCUM_UNITS = frozenset(
    [
        *("1", "%", "kg", "g", "mg", "ug", "ng", "pg", "m", "cm", "mm", "um", "L", "mL", "uL", "fL", "l", "ml", "dL"),
        *("mmol/L", "mmol/l", "umol/L", "umol/l", "nmol/L", "nmol/l", "pmol/L", "pmol/l", "mol/L", "mmol/mol", "mmol/kg"),
        *("g/L", "g/l", "g/dL", "mg/L", "mg/l", "mg/dL", "ug/L", "ug/l", "ng/L", "ng/l", "ng/mL", "pg/mL", "mg/mmol"),
        *("U/L", "U/l", "kU/L", "mU/L", "[iU]/L", "k[iU]/L", "m[iU]/L", "10*9/L", "10*9/l", "10*12/L", "10*12/l", "10*6/L"),
        *("mm[Hg]", "kPa", "Cel", "/min", "L/min", "l/min", "mL/min", "ml/min", "mL/min/{1.73_m2}", "mm/h", "kg/m2"),
        *("s", "min", "h", "d", "wk", "mo", "a"),
    ]
)
