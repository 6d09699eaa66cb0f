"""A word that is stored is not told to have failed because another worker maps it, or because the store became busy right after it took it."""

from __future__ import annotations

import pytest

from carehub.hub.disagreements import Answer, Disagreements
from carehub.terms.errors import Overtaken, StoreBusy
from carehub.terms.issue_catalogue import issue
from hub.test_disagreements import DOCTOR, NONE_KNOWN, hospital
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub


@pytest.mark.parametrize("error", [Overtaken(issue("STORE-004")), StoreBusy(issue("STORE-001"))])
def test_an_answer_is_kept_and_read_later_where_it_cannot_be_mapped_at_once(monkeypatch, error) -> None:
    def away(batch: object) -> None:
        raise error

    hub = toy_hub()
    submit(hub, ada(records=[PENICILLIN]), hospital(NONE_KNOWN))
    hub.drain()
    disagreements, person = Disagreements(hub), hub.store.links.persons()[0]
    (progress,) = hub.disclosing.person_record(NURSE, person, "x").value.progress
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(hub.store.records, "apply", away)
        disagreements.explain(DOCTOR, progress.conflict.id, Answer(0, "Said before the GP letter came."))
    hub.drain()
    _, found = disagreements.one(NURSE, progress.conflict.id)
    assert [step.text for step in found.steps] == ["Said before the GP letter came."]
