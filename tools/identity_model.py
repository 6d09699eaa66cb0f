"""Train the shipped identity model on the invented neighbourhood, without labels, and write it with its content hash into the shipped rules.

    python tools/identity_model.py

The same code writes the same bytes. Whoever changes features, comparison or training runs it, reads the difference, and raises the version in
src/carehub/identity/shipped/rules.toml; tests/unit/identity/test_shipped_rules.py fails until the model fits the code.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from fixtures.generators import neighbourhood  # noqa: E402

from carehub.identity import features, safeguards, shipping, training  # noqa: E402
from carehub.identity.rule_file import digest  # noqa: E402

SHIPPED = ROOT / "src" / "carehub" / "identity" / "shipped"
NAME, RECORDS, SEED = "neighbourhood-1", 50_000, 41
FIELDS = {
    "nhs_number": "number",
    "nhs_number_status": "number_status",
    "given_name": "given",
    "middle_name": "middle",
    "surname": "family",
    "dob": "born",
}


def train(records: int = RECORDS) -> str:
    """The model's text. ValueError with every safeguard it fails."""
    read = [
        features.read(row["record_id"], {FIELDS.get(name, name): value for name, value in row.items()})
        for row, _ in neighbourhood.records(records, SEED)
    ]
    made_from = f"fixtures.generators.neighbourhood, {records} records, seed {SEED}"
    model = shipping.fit(
        training.train(read, name=NAME, provenance={"made_from": made_from, "method": "expectation-maximisation, no labels"}),
        elsewhere=True,
    )
    wrong = safeguards.failures(model)
    if wrong:
        raise ValueError("\n".join(wrong))
    return model.to_json() + "\n"


def main() -> None:
    """Write both files."""
    text = train()
    (SHIPPED / f"{NAME}.json").write_text(text, encoding="utf-8")
    rules = SHIPPED / "rules.toml"
    said = re.sub(r"^model = .*$", f'model = "{NAME}"', rules.read_text(encoding="utf-8"), flags=re.M)
    rules.write_text(re.sub(r"^model_sha256 = .*$", f'model_sha256 = "{digest(text)}"', said, flags=re.M), encoding="utf-8")
    print(f"{NAME}: {len(text.encode())} bytes, {digest(text)}")


if __name__ == "__main__":
    main()
