"""Undoing a link gives back the record of before, also when more was told in between (hazard H-01; REC-15)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer
from carehub.terms.refs import RecordRef
from hub.toy_hub import PENICILLIN, ada, submit, toy_hub

STEWARD = Requester("nia", "Nia Rees", "identity-steward", "X99001", "Northvale", "PATADMIN")
GP, COUNCIL = (RecordRef(source, local, "Patient").id for source, local in (("gp", "1"), ("council", "C1")))
REQUEST = {"type": "ServiceRequest", "status": "active", "intent": "order", "code": {"text": "Home safety visit"}}


@st.composite
def told(draw):
    """A message of one of the two sources, about an allergy or a request that may be new, told again, changed or withdrawn."""
    council = draw(st.booleans())
    base = draw(st.sampled_from([PENICILLIN, REQUEST, {**REQUEST, "status": "completed"}]))
    record = {
        **base,
        "id": draw(st.sampled_from(["a", "b"])) + base["type"],
        "change": draw(st.sampled_from(["snapshot", "snapshot", "withdrawn"])),
    }
    at = f"2026-11-{draw(st.integers(1, 28)):02}T08:00:00.000Z"
    who = {"source": "council", "patient": "C1", "kind": "local_authority", "nhs": ""} if council else {}
    return ada(**who, at=at, records=[record])


def tell(hub: Hub, messages) -> None:
    if messages:
        submit(hub, *messages, key=str(hub.log.last_position()))
    hub.drain()


@settings(max_examples=40, deadline=None)
@given(st.lists(told(), max_size=8), st.lists(told(), min_size=1, max_size=20))
def test_hazard_a_link_undone_after_more_was_told_leaves_the_world_in_which_it_never_was(before, between):
    first = [ada(), ada("council", "C1", kind="local_authority", nhs="")]
    linked, never = toy_hub(), toy_hub()
    tell(linked, [*first, *before])
    desk = Stewards(linked)
    ruling = desk.rule(STEWARD, Given(Answer.SAME, COUNCIL, GP, "Seen with the letter.")).value.message
    assert len(set(linked.store.links.person_of([GP, COUNCIL]).values())) == 1
    tell(linked, between)
    desk.take_back(STEWARD, ruling, "A second look.")
    tell(never, [*first, *before])
    tell(never, between)
    assert linked.record_hash() == never.record_hash()
