"""Two values that differ, with what differs marked letter by letter: by a symbol under each letter for the eye, and in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from markupsafe import Markup, escape

from carehub.terms.moments import show_date, valid_date
from carehub.web.dates import long_date, time_element

# With less in common than this the values are two values, and marks would only be noise.
_ALIKE = 0.5
_MOST_TOLD = 3
_AGREES = frozenset({"agree", "equal", "same", "same-address"})
_DIFFERS = frozenset({"differ", "differ-unverified", "two-names", "other-house", "area", "elsewhere"})


def level_word(level: str) -> str:
    """The level of a compared field in one of the words a reader knows; the sentence beside it says the rest."""
    if level in _AGREES:
        return "agrees"
    if level in _DIFFERS:
        return "differs"
    return {"missing": "missing", "prior": "not compared", "other": "two sources"}.get(level, "agrees in part")


def as_read(field: str, value: str) -> str:
    """A compared value in the words of a page."""
    if field == "deceased" and value == "true":
        return "Died, date not recorded"
    return value.capitalize() if field == "gender" else value


def marked(a: str, b: str) -> tuple[Markup, Markup, str]:
    """Both values as HTML, and a sentence that says how they differ: "" where they do not, or in everything.

    Dates are compared as they are shown. A screen reader gets each value whole.
    """
    shown_a, shown_b = _shown(a), _shown(b)
    steps = _steps(shown_a, shown_b)
    if not steps:
        return plain(a), plain(b), ""
    return (
        _value(a, shown_a, [(i, j) for i, j, _, _ in steps]),
        _value(b, shown_b, [(i, j) for _, _, i, j in steps]),
        _said(shown_a, shown_b, steps),
    )


def _shown(value: str) -> str:
    return show_date(value) if valid_date(value) else value


def _steps(a: str, b: str) -> list[tuple[int, int, int, int]]:
    """Where the two differ: (from, to) in a and in b. () where they agree but for capitals, or have too little in common."""
    matcher = SequenceMatcher(None, [c.lower() for c in a], [c.lower() for c in b], autojunk=False)
    if not a or not b or matcher.ratio() < _ALIKE:
        return []
    return [step[1:] for step in matcher.get_opcodes() if step[0] != "equal"]


def plain(value: str) -> Markup:
    """One value as HTML: a date as dates are shown, and words for none."""
    return time_element(value) if not value or valid_date(value) else Markup('<span class="ch-value">{}</span>').format(value)


def _value(value: str, shown: str, runs: list[tuple[int, int]]) -> Markup:
    seen, at = Markup(""), 0
    for start, end in runs:
        seen += escape(shown[at:start])
        if end > start:
            seen += Markup('<mark class="ch-differs">{}</mark>').format(shown[start:end])
        at = end
    seen += escape(shown[at:])
    spoken = long_date(value) if valid_date(value) else shown
    return Markup(
        '<span class="ch-value"><span aria-hidden="true">{}</span><span class="nhsuk-u-visually-hidden ch-spoken">{}</span></span>'
    ).format(seen, spoken)


def _said(a: str, b: str, steps: list[tuple[int, int, int, int]]) -> str:
    if len(steps) > _MOST_TOLD:
        return f"They differ in {len(steps)} places."
    told = "; ".join(_told(a, b, steps))
    return f"{told[0].upper()}{told[1:]}."


def _told(a: str, b: str, steps: list[tuple[int, int, int, int]]) -> Iterator[str]:
    for i, j, k, m in steps:
        first, second = a[i:j].strip(), b[k:m].strip()
        if first and second:
            yield f"A has “{first}” where B has “{second}”"
        elif first or second:
            yield f"only {'A' if first else 'B'} has “{first or second}”"
        else:
            yield "a space differs"
