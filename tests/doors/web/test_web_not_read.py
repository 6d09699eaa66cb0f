"""UI-17: what a section says that carehub could not read is one link away, as it came, for whoever may see it."""

from __future__ import annotations

import pytest

from carehub.careplan import accounts
from carehub.governance.requester import Requester
from carehub.hub.report_match import Doubt
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Why
from carehub.terms.refs import RecordRef
from doors.web.conftest import desk_client
from doors.web.markup import Page
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

LINK = Requester("lou", "Lou Bell", "link-worker", "X99004", "Northvale Neighbours", "TREAT")
BAD = {
    "type": "AllergyIntolerance",
    "id": "bad",
    "clinicalStatus": "no concept",
    "note": [{"text": "Came out in hives <b>after</b> latex."}],
}


def doors_of(*records, extra=None):
    hub = toy_hub()
    submit(hub, ada(records=list(records), **({"extra": extra} if extra else {})), ada("acute", "A1", kind="acute"))
    hub.drain()
    [person] = hub.store.links.find(nhs_number="9990000018")
    return hub, f"/people/{person}", lambda who: desk_client(hub, (NURSE, LINK), who)


def test_ui_17_what_could_not_be_read_is_counted_in_its_section_and_one_link_away_as_it_came() -> None:
    hub, base, browser = doors_of(BAD, PENICILLIN)
    nurse = browser(NURSE)
    section = nurse.get(f"{base}/allergies")
    assert "1 entry received that carehub could not read, show it as sent" in Page(section.text).text
    assert f'href="{base}/allergies/not-read"' in section.text
    page = nurse.get(f"{base}/allergies/not-read")
    assert page.status_code == 200
    assert "Came out in hives &lt;b&gt;after&lt;/b&gt; latex." in page.text
    told = Page(page.text).text
    assert "Place in the message: records.bad." in told
    assert "GATE-" not in told
    assert f'href="{base}/problems/not-read"' not in nurse.get(f"{base}/problems").text
    assert "There is none that carehub can show you here" in nurse.get(f"{base}/problems/not-read").text
    assert nurse.get(f"{base}/nonsense/not-read").status_code == 404
    looks = [row.event.decode() for row in hub.store.audit.about(base.rpartition("/")[2], 50)]
    assert any("allergies: not read, as sent" in look for look in looks)


def test_ui_17_a_record_that_no_row_can_show_is_read_as_sent(monkeypatch) -> None:
    def fails(record, shelf):
        raise KeyError("code")
        yield

    monkeypatch.setitem(accounts._READERS, "AllergyIntolerance", (fails,))
    _, base, browser = doors_of(PENICILLIN)
    page = Page(browser(NURSE).get(f"{base}/allergies/not-read").text)
    assert "It is held, and no row can show it." in page.text
    [link] = [a for a in page.all("a") if a.text.startswith("See as sent")]
    assert "penicillin" in browser(NURSE).get(link.attributes["href"]).text.casefold()


LABEL = {"meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}}
KEPT_FROM = {
    "a role from which a section is kept back": (LINK, BAD, None),
    "everybody, as its source labelled it": (NURSE, {**BAD, **LABEL}, None),
    "everybody, as it tells the way in": (NURSE, {**BAD, "note": [{"text": "Hives. The key safe is by the door, 4471."}]}, None),
    "everybody, as the person is restricted": (NURSE, BAD, LABEL),
}


@pytest.mark.parametrize(("who", "bad", "extra"), KEPT_FROM.values(), ids=KEPT_FROM)
def test_hazard_a_part_without_a_record_is_not_shown_where_anything_is_kept_back(who, bad, extra) -> None:
    _, base, browser = doors_of(bad, PENICILLIN, extra=extra)
    page = browser(who).get(f"{base}/allergies/not-read")
    assert page.status_code == 200
    assert "hives" not in page.text.casefold()
    assert "4471" not in page.text
    assert "It cannot be shown by itself." in Page(page.text).text


def test_what_is_hidden_or_masked_is_not_listed() -> None:
    hub, base, browser = doors_of({**BAD, "type": "Condition"})
    assert "records.bad" in browser(NURSE).get(f"{base}/problems/not-read").text
    assert browser(LINK).get(f"{base}/problems/not-read").status_code == 403
    doubt = Doubt(base.rpartition("/")[2], RecordRef("gp", "1", "Patient").id, Why.OTHER_PERSON, "Not hers.", True)
    Stewards(hub).report(NURSE, doubt)
    assert "records.bad" not in browser(NURSE).get(f"{base}/problems/not-read").text
