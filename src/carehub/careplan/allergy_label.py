"""The allergy words of the banner. They fail safe: an old "none known" never stands for a source that cannot be seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from carehub.careplan.freshness import UNWATCHED, FeedClocks, freshness, plan_speakers
from carehub.careplan.plan import Entry, UnifiedCarePlan
from carehub.careplan.reading.allergies import NONE_KNOWN
from carehub.careplan.section_state import NOT_READ, stated_none_words
from carehub.careplan.speakers import CLINICAL, Speakers, midway
from carehub.terms.moments import show_date


def allergy_label(plan: UnifiedCarePlan, now: datetime, feeds: FeedClocks = UNWATCHED) -> str:
    """The banner's allergy words by the truth table of SCREENS 3.0.2, which fails safe: an old "none known" never stands for a source not seen."""
    names = plan_speakers(plan)
    rows = [m for entry in plan.section("allergies").entries for m in (entry.members or (entry,))]
    present = [e for e in rows if e.kind == "statement" and e.active]
    # A denial counts only with an author and a date, and only when it is of every allergy (UI-11).
    negations = [e for e in rows if e.kind == "stated_none"]
    full = [e for e in negations if e.attributions[0].author and e.when and of_every_allergy(e)]
    if present:
        return "Known allergies (sources disagree)" if full or _disputed(plan) else "Known allergies"
    missing = list(_unavailable(plan, names, now, feeds))
    if full:
        newest = sorted(full, key=lambda e: (e.when, e.key), reverse=True)
        if not missing:
            return f"No known allergies ({'; '.join(f'{names[e.attributions[0].source]}, {show_date(e.when)}' for e in newest)})"
        said = "; ".join(f"{names[e.attributions[0].source]} recorded none {show_date(e.when)}" for e in newest)
        return f"Allergies unavailable ({said}; {', '.join(midway(n) for n in missing)} not available)"
    base = "Allergies unavailable" if missing else "Allergies not recorded"
    if negations:
        said = "; ".join(f"{names[e.attributions[0].source]}: {stated_none_words(e)}" for e in negations)
        return f"{base} ({said})"
    return base


def of_every_allergy(entry: Entry) -> bool:
    """Whether a stated none is of every allergy, not of medicines or foods alone."""
    return any(NONE_KNOWN.get(code) == "" for code in entry.codes)


def _disputed(plan: UnifiedCarePlan) -> bool:
    return any(c.type == "C1" for c in plan.conflicts)


def _unavailable(plan: UnifiedCarePlan, names: Speakers, now: datetime, feeds: FeedClocks) -> Iterator[str]:
    """Linked sources that should hold allergies and whose word cannot be taken as complete now, each once."""
    found: dict[str, None] = {}
    for report in plan.sources:
        if report.source.kind in CLINICAL and not report.merged_into and freshness(report, now, feeds)[0] in ("stale", "failing"):
            found[names[report.source]] = None
    # Only sources that hold a record are expected to hold allergies: a service that sends nothing is told of in the section, not here.
    linked = {report.source for report in plan.sources}
    for state in plan.section("allergies").states:
        if state.source in linked and state.source.kind in CLINICAL and (state.state in _LIMITING or NOT_READ in state.sentence):
            found[names[state.source]] = None
    # An unreadable entry whose type is not known could have been an allergy.
    unknown = {gap.source for gap in plan.gaps if gap.code == "unreadable" and gap.section == ""}
    for report in plan.sources:
        if report.source.kind in CLINICAL and report.source.title in unknown:
            found[names[report.source]] = None
    yield from found


_LIMITING = ("withheld", "in_transfer", "awaiting_filing", "unmapped", "hidden_wrong", "objected", "no_agreement", "role")
