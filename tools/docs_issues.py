"""Write docs/issues.md from the issue catalogue: `make docs`."""

from __future__ import annotations

from pathlib import Path

from carehub.terms.issue_catalogue import CATALOGUE

PAGE = Path(__file__).resolve().parents[1] / "docs" / "issues.md"

_HEAD = """# Issues

Every issue the hub can raise, in the order of its number. This page is made from `src/carehub/terms/issue_catalogue.py` by `make docs`.
Severity and type are FHIR R4 `IssueSeverity` and `IssueType` values; the text is what a sender reads in an OperationOutcome. Texts are
fixed, so they cannot carry anything about a patient. A number is never used again for something else.

| Number | Severity | Type | Text |
|---|---|---|---|
"""


def page() -> str:
    """The whole page as Markdown."""
    rows = (f"| `{e.number}` | {e.severity} | {e.code} | {e.text} |\n" for e in sorted(CATALOGUE.values(), key=lambda e: e.number))
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page())
