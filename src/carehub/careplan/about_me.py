"""About Me: the nine elements of the PRSB About Me standard, kept as one item in the person's own words."""

from __future__ import annotations

QUESTIONNAIRE = "urn:carehub:about-me"
"""What a QuestionnaireResponse answers that is an About Me written in carehub."""

SPOKEN: tuple[tuple[str, str], ...] = (
    ("important", "What is important to me"),
    ("people", "People who are important to me"),
    ("communication", "How I communicate and how to communicate with me"),
    ("wellness", "My wellness"),
    ("do-and-do-not", "Please do and please don't"),
    ("support", "How and when to support me"),
    ("worth-knowing", "Also worth knowing about me"),
)
"""The elements in the person's words: key, and the PRSB heading."""

RECORDED = "Date recorded"
SUPPORTED_BY = "Supported to write this by"
ELEMENTS: tuple[str, ...] = (*(heading for _, heading in SPOKEN), RECORDED, SUPPORTED_BY)
"""All nine headings, in order."""

NOT_WRITTEN = "Not written yet"
ALONE = "Nobody; the person wrote it themselves, or it was not said who helped"
