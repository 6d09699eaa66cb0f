"""What of a person is not in an export, or may not be: by reason, to be counted over everybody. Nothing of whom it is."""

from __future__ import annotations

from datetime import datetime

from carehub.careplan import absence
from carehub.careplan.freshness import UNWATCHED, FeedClocks
from carehub.careplan.gaps import source_states
from carehub.careplan.plan import Gap
from carehub.fhir.outcome import operation_outcome
from carehub.fhir.resource import Resource
from carehub.governance.export import Said
from carehub.governance.redaction import Disclosed
from carehub.hub.whole_record import Whole
from carehub.terms.issue_catalogue import issue

_OF_GAP = {
    "unreadable": "Some of it could not be read",
    "not_mapped": "Some of it is not mapped yet",
    "merged": "Records merged at the source",
}


def said_of(whole: Disclosed[Whole], now: datetime, feeds: FeedClocks | None) -> list[Said]:
    """Each reason once: sections and records that policy, a label, an agreement or an objection keeps back, and what is missing or may be, such as a
    source that is late. now: aware. feeds: how the feeds stand, None where nobody watches them."""
    plan = whole.value.plan
    said = [Said("API-013", f"{mask.title}: {mask.rule}") for mask in whole.masks]
    said += [Said("API-013", sentence, records=count) for sentence, count in whole.value.held_back.items()]
    words = [_gap(gap) for gap in plan.gaps]
    words += [f"{state.title}: {state.tag}." for state in source_states(plan, now, feeds or UNWATCHED) if state.code != "current"]
    return said + [Said("API-014", one) for one in dict.fromkeys(words)]


def told(said: Said) -> Resource:
    """A reason as an OperationOutcome: catalogue number and fixed words, the sentence, and of how many people and records."""
    outcome = operation_outcome([issue(said.number)])
    counted = ((said.people, "person", "people"), (said.records, "record", "records"))
    counts = ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counted if count)
    outcome["issue"][0]["diagnostics"] = (
        " ".join(part for part in (said.words, f"({counts})" if counts else "") if part) or "The whole export."
    )
    return outcome


def _gap(gap: Gap) -> str:
    about = absence.TAGS.get(gap.code) or _OF_GAP.get(gap.code, "Something is missing")
    return f"{gap.source}: {about}." if gap.source else f"{about}."
