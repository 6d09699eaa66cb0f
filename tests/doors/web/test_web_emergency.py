"""The pages of emergency access: a form without script, a bar on every page while it lasts, and the privacy officer's queue; and the API beside them."""

from __future__ import annotations

import json
from functools import partial

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.careplan.sections import HEADINGS
from carehub.governance.requester import Requester
from doors.api.conftest import digest
from doors.web.conftest import desk_client
from doors.web.markup import Page
from hub.desk_cast import desk_hub, person

LENA = Requester("lena", "Lena Osei", "social-worker", "X99003", "Northvale Council", "TREAT")
TOM = Requester("tom", "Tom Hart", "link-worker", "X99004", "Age Well Northvale", "TREAT")
IVY = Requester("ivy", "Ivy Stone", "privacy-officer", "X99001", "Northvale Community", "HCOMPL")
JO = Requester("jo", "Jo Adeyemi", "district-nurse", "X99001", "Northvale Community", "TREAT")
WHY = "Found confused at home <b>today</b>, kidney function needed."


@pytest.fixture
def hub():
    return desk_hub()


@pytest.fixture
def as_persona(hub):
    return partial(desk_client, hub, (LENA, TOM, IVY, JO))


def send(client: TestClient, form: str, address: str, **fields: str):
    token = Page(client.get(form).text).all("input", name="form_token")[0].attributes["value"]
    return client.post(address, data={"form_token": token, **fields})


def test_asking_needs_a_kind_and_words_and_keeps_what_was_typed(hub, as_persona) -> None:
    lena, address = as_persona(LENA), f"/people/{person(hub)}/emergency-access"
    refused = send(lena, address, address, reason="Too short")
    assert refused.status_code == 422
    assert 'href="#kind-1"' in refused.text
    assert 'href="#reason"' in refused.text
    assert "Too short</textarea>" in refused.text
    assert "Emergency access until" not in lena.get(f"/people/{person(hub)}").text


def test_while_it_lasts_every_page_and_sheet_says_so_and_it_can_be_ended(hub, as_persona) -> None:
    lena, home = as_persona(LENA), f"/people/{person(hub)}"
    assert "Not shown to your role" in lena.get(home).text
    assert send(lena, f"{home}/emergency-access", f"{home}/emergency-access", kind="treating", reason=WHY).status_code == 303
    pages = ("", *(f"/{heading.key}" for heading in HEADINGS), "/sources", "/timeline", "/care-plan", "/who-looked", "/joined", "/meeting")
    for page in pages:
        html = lena.get(home + page).text
        assert "Emergency access until" in html, page
        assert "minutes left" in html, page
    assert "Not shown to your role" not in lena.get(home).text
    for paper in ("/print", "/pack"):
        assert "Printed under emergency access" in lena.get(home + paper).text
    assert send(lena, home, f"{home}/emergency-access/end").status_code == 303
    assert "Emergency access until" not in lena.get(home).text
    assert "Not shown to your role" in lena.get(home).text


def test_a_role_that_may_not_has_no_form_and_one_that_sees_all_is_told(hub, as_persona) -> None:
    address = f"/people/{person(hub)}/emergency-access"
    refused = as_persona(TOM).get(address)
    assert refused.status_code == 403
    [row] = hub.store.audit.about(person(hub), 1)
    assert (json.loads(row.event)["outcome"], row.event.count(b"emergency access asked for")) == ("4", 1)
    assert "phone the service" in refused.text
    assert "would open nothing more" in as_persona(JO).get(address).text


def test_the_privacy_officer_reviews_on_a_page(hub, as_persona) -> None:
    lena, ivy, home = as_persona(LENA), as_persona(IVY), f"/people/{person(hub)}"
    send(lena, f"{home}/emergency-access", f"{home}/emergency-access", kind="legal", reason=WHY)
    lena.get(f"{home}/results")
    html = ivy.get("/emergency-access").text
    assert "Lena Osei" in html
    assert "&lt;b&gt;today" in html
    assert "results" in html
    assert lena.get("/emergency-access").status_code == 403
    assert "</span>Emergency access</td>" in ivy.get(f"{home}/who-looked").text
    [button, *_] = Page(html).all("form", method="post")[1:] or Page(html).all("form", method="post")
    action = button.attributes["action"]
    assert send(ivy, "/emergency-access", action, answer="follow-up", words="").status_code == 422
    assert send(ivy, "/emergency-access", action, answer="appropriate", words="").status_code == 303
    assert "No emergency access waits" in ivy.get("/emergency-access").text
    assert send(ivy, "/people", action, answer="appropriate", words="").status_code == 409


def test_over_the_api(hub) -> None:
    keys = {digest(name): who for name, who in (("lena", LENA), ("tom", TOM), ("ivy", IVY))}
    api = TestClient(create_api(hub, Credentials({}, keys), max_body_bytes=1000))

    def by(name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {name}"}

    address = f"/fhir/R4/Patient/{person(hub)}/$emergency-access"
    assert api.post(address, json={"kind": "treating", "reason": WHY}).status_code == 401
    assert api.post(address, json={"kind": "treating", "reason": WHY}, headers=by("tom")).status_code == 403
    assert api.post(address, json={"kind": "treating", "reason": 5}, headers=by("lena")).status_code in (400, 422)
    asked = api.post(address, json={"kind": "treating", "reason": WHY}, headers=by("lena"))
    assert asked.status_code == 201
    id = asked.json()["parameter"][0]["valueString"]
    assert api.get("/operations/emergency-access", headers=by("lena")).status_code == 403
    [one] = api.get("/operations/emergency-access", headers=by("ivy")).json()["access"]
    assert (one["id"], one["by"]["user"], one["reason"], one["review"]) == (id, "lena", WHY, None)
    review = f"/operations/emergency-access/{id}"
    assert api.post(review, json={"answer": "follow-up", "words": "Ask."}, headers=by("ivy")).status_code == 204
    assert api.post(review, json={"answer": "appropriate"}, headers=by("ivy")).status_code == 409
    assert api.get("/operations/emergency-access", headers=by("ivy")).json()["access"][0]["review"]["answer"] == "follow-up"
