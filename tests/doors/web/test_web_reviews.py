"""The stewards' worklist over a real hub: who may see it, both records side by side, no default answer, and two stewards blind to each other."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.rules_feed import Activation, message_of
from carehub.hub.rules_in_force import scales_of
from carehub.wiring.matching_rules import load_texts
from doors.web.conftest import desk_client, token_of
from doors.web.markup import Page
from hub.toy_hub import ada, submit, toy_hub

FLAG = {"type": "Flag", "id": "f1", "status": "active", "code": {"text": "Key safe"}}
NURSE = Requester("jo", "Jo Adeyemi", "district-nurse", "X99001", "Northvale Community", "TREAT")
NIA = Requester("nia", "Nia Rees", "identity-steward", "X99001", "Northvale Community", "PATADMIN")
LOU = Requester("lou", "Lou Marsh", "identity-steward", "X99001", "Northvale Community", "PATADMIN")
OMAR = Requester("omar", "Omar Diaz", "identity-steward", "X99002", "Elmfield Surgery", "PATADMIN")


def _client(hub: Hub, who: Requester) -> TestClient:
    return desk_client(hub, (NURSE, NIA, OMAR, LOU), who)


@pytest.fixture(params=["one steward", "two stewards"])
def desk(request):
    """as_persona(requester) → a client of the pages over a hub with one pair that waits; where a flag would move, two stewards must answer."""
    hub = toy_hub()
    held = [FLAG] if request.param == "two stewards" else []
    submit(hub, ada("gp"), ada("council", "C1", nhs="", kind="local_authority", records=held))
    hub.drain()

    def as_persona(who: Requester) -> TestClient:
        return _client(hub, who)

    as_persona.two = request.param == "two stewards"
    return as_persona


def _pair_address(client: TestClient) -> str:
    [address] = {a.attributes["href"] for a in Page(client.get("/reviews").text).all("a") if a.attributes["href"].startswith("/reviews/")}
    return address


def _answer(client: TestClient, address: str, **fields: str):
    return client.post(address, data={"form_token": token_of(client.get(address).text)} | fields)


def test_only_a_steward_sees_the_worklist_or_a_pair(desk) -> None:
    address = _pair_address(desk(NIA))
    nurse = desk(NURSE)
    for path in ("/reviews", address, f"{address}?total=shown", "/reviews/unknown"):
        answer = nurse.get(path)
        assert answer.status_code == 403
        assert "OKAFOR" not in answer.text.upper()
    assert _answer(nurse, "/people", answer="same").status_code in (403, 422)
    assert "Matches to check" not in nurse.get("/people").text
    gone = desk(NIA).get("/reviews/unknown")
    assert gone.status_code == 404
    assert "This pair is not waiting any more" in gone.text


def test_both_records_stand_side_by_side_without_a_default_and_the_total_closed(desk) -> None:
    client = desk(NIA)
    address = _pair_address(client)
    page = Page(client.get(address).text)
    assert not page.all("section", aria_label="Patient identity")
    rows = {row.text.partition("Record A")[0].strip(): row.text for row in page.all("tr")}
    assert "missing" in rows["NHS number"]
    assert "01-May-1944" in rows["Date of birth"]
    assert "agrees" in rows["Date of birth"]
    assert "agrees" in rows["Family name"]
    assert not [radio for radio in page.all("input", type="radio") if "checked" in radio.attributes]
    assert "Total:" not in page.text
    opened = Page(client.get(f"{address}?total=shown").text)
    assert "Total:" in opened.text
    assert opened.one("input", name="opened").attributes["value"] == "yes"
    assert page.one("input", name="opened").attributes["value"] == "no"


def test_ui_56_that_the_total_was_opened_before_answering_is_recorded() -> None:
    for opened in (True, False):
        hub = toy_hub()
        submit(hub, ada("gp"), ada("council", "C1", nhs="", kind="local_authority"))
        hub.drain()
        client = _client(hub, NIA)
        address = _pair_address(client)
        form = Page(client.get(f"{address}?total=shown" if opened else address).text)
        given = {name: form.all("input", name=name)[0].attributes["value"] for name in ("form_token", "opened")}
        assert client.post(address, data=given | {"answer": "same", "reason": "Seen."}).status_code == 303
        [ruling] = hub.store.links.rulings()
        assert ruling.opened is opened
        looks = [row.event.decode() for person in hub.store.links.persons() for row in hub.store.audit.about(person, 50)]
        assert any("total opened" in look for look in looks) is opened


def test_an_answer_needs_a_choice_a_reason_and_its_own_form(desk) -> None:
    client = desk(NIA)
    address = _pair_address(client)
    for fields in ({"reason": "Seen."}, {"answer": "same"}, {"answer": "same", "reason": " "}, {"answer": "link", "reason": "Seen."}):
        answer = _answer(client, address, **fields)
        assert answer.status_code == 422
        assert Page(answer.text).one("div", role="alert")
    assert client.post(address, data={"answer": "same", "reason": "Seen.", "form_token": "made.up"}).status_code == 403
    assert _pair_address(client) == address, "it still waits"


def test_a_pair_that_another_steward_decided_meanwhile_says_so_and_saves_nothing(desk) -> None:
    nia, omar, lou = desk(NIA), desk(OMAR), desk(LOU)
    address = _pair_address(nia)
    form = token_of(lou.get(address).text)
    for client in (nia, omar)[: 2 if desk.two else 1]:
        assert _answer(client, address, answer="different", reason="They are twins.").status_code == 303
    late = lou.post(address, data={"form_token": form, "answer": "same", "reason": "Seen."})
    assert late.status_code == 404
    assert "It was decided by another steward" in late.text
    assert "Nothing to check. A steward last decided something" in Page(lou.get("/reviews").text).text


def test_a_pair_that_other_identity_rules_decided_says_by_which_when_and_why() -> None:
    hub = toy_hub()
    rules, text, model = load_texts()
    hub.scales = scales_of(rules)
    home = {"address": [{"line": ["3 Alder Road"], "postalCode": "ZB1 1AA"}], "telecom": [{"system": "phone", "value": "+447700900123"}]}
    submit(hub, *(ada(source, nhs="", given=given, extra=home) for source, given in (("gp", "Ada"), ("council", "Augusta"))))
    hub.drain()
    nia = _client(hub, NIA)
    address = _pair_address(nia)
    other = re.sub("^version = .*", "version = 90", text, flags=re.M).replace("given-name-differs = true", 'given-name-differs = "tried"')
    hub.receive([message_of(Activation(other, model, "Jo Price", "2026-11-22T09:00:00.000Z", "agreed with the stewards"))])
    hub.drain()
    gone = nia.get(address)
    assert gone.status_code == 404
    shown = Page(gone.text).text
    assert "version 90" in shown
    assert "Jo Price" in shown
    assert "“agreed with the stewards”" in shown
    assert "22-Nov-2026" in shown
    assert "The two records are one person’s now." in shown
    [person] = hub.store.links.persons()
    assert Page(gone.text).all("a", href=f"/people/{person}/joined")


@pytest.mark.parametrize("desk", ["two stewards"], indirect=True)
def test_an_answer_is_taken_back_by_who_gave_it_and_given_anew(desk) -> None:
    nia = desk(NIA)
    address = _pair_address(nia)
    _answer(nia, address, answer="different", reason="They are twins.")
    assert "None of these waits for your answer." in nia.get("/reviews").text
    page = Page(nia.get(address).text)
    own = page.one("input", name="back").attributes["value"]
    assert _answer(nia, address, back=own, reason=" ").status_code == 422
    assert _answer(nia, address, back=own, reason="I mixed them up.").headers["location"] == f"{address}?done=back"
    assert _answer(nia, address, answer="same", reason="Seen again.").status_code == 303


def test_skipping_leads_on_and_saves_nothing(desk) -> None:
    nia = desk(NIA)
    address = _pair_address(nia)
    assert nia.get("/reviews/next").headers["location"] == address
    assert nia.get(f"/reviews/next?after={address.rpartition('/')[2]}").headers["location"] == "/reviews?done=last"
    assert "You have come to the end of the list." in nia.get("/reviews?done=last").text
    assert _pair_address(nia) == address


def test_an_answer_takes_effect_once_as_many_stewards_as_it_needs_have_given_it(desk) -> None:
    nia, omar = desk(NIA), desk(OMAR)
    address = _pair_address(nia)
    assert ("Two stewards answer" in nia.get(address).text) is desk.two
    saved = _answer(nia, address, answer="different", reason="A letter says they are twins.")
    assert (saved.status_code, saved.headers["location"].partition("=")[0]) == (303, "/reviews?done")
    if desk.two:
        again = nia.get(address).text
        assert "You have answered this pair." in again
        for path in (address, "/reviews", f"{address}?total=shown"):
            second = omar.get(path).text
            assert "Waiting for a second steward" in second
            for hidden in ("Nia Rees", "letter says", "ruled"):
                assert hidden not in second
        assert _answer(omar, address, answer="different", reason="Their mother said so.").status_code == 303
    assert "Nothing to check." in omar.get("/reviews").text
    assert omar.get(address).status_code == 404
