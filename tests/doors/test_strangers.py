"""What somebody without a relationship with a person meets on the pages and at the API: who it is, and nothing of the record (hazard H-33)."""

from __future__ import annotations

import re
from functools import partial

import pytest

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.governance.relationship import WOULD_BE
from carehub.governance.requester import Requester
from doors.api.conftest import digest
from doors.api.direct import Direct
from doors.web.conftest import desk_client
from doors.web.markup import Page
from hub.toy_hub import PENICILLIN, ada, required, submit, toy_hub

OURS = "X99301"
AMIR = Requester("amir", "Amir Khan", "gp", OURS, "Elmfield Surgery", "TREAT")
SAM = Requester("sam", "Sam Webb", "hospital-doctor", "X99302", "Northvale General Hospital", "TREAT")
TOM = Requester("tom", "Tom Hart", "link-worker", "X99004", "Age Well Northvale", "TREAT")
IVY = Requester("ivy", "Ivy Stone", "privacy-officer", "X99001", "Northvale Community", "HCOMPL")
SEARCH = "/people?family=okafor"
PAGES = ("", "/allergies", "/sources", "/timeline", "/care-plan", "/print", "/pack", "/meeting", "/joined", "/who-looked")
FORMS = ("/about-me/write", "/wrong-match", "/disagreements")
WHY = "Found confused at home, the record is needed now."


@pytest.fixture
def hub():
    made = toy_hub()
    address = {"address": [{"line": ["9 Mill Lane"], "postalCode": "ZX10 1AB"}]}
    submit(made, ada(OURS, records=[PENICILLIN], extra=address))
    made.drain()
    return required(made)


@pytest.fixture
def home(hub) -> str:
    return f"/people/{hub.store.links.persons()[0]}"


@pytest.fixture
def as_persona(hub):
    return partial(desk_client, hub, (AMIR, SAM, TOM, IVY))


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_hazard_who_is_refused_is_told_why_whom_to_ask_and_that_emergency_access_exists(home, as_persona) -> None:
    sam, tom = as_persona(SAM), as_persona(TOM)
    for page in (*PAGES, *FORMS):
        refused = sam.get(home + page)
        assert refused.status_code == 403, page
        told = words(refused.text)
        assert "no recorded relationship with this person" in told, page
        assert "This does not mean that there is no record" in told
        assert WOULD_BE in told.replace("&#39;", "'")
        assert "care coordinator" in told
        assert f'href="{home}/emergency-access"' in refused.text
        assert not [word for word in ("Okafor", "enicillin", "999 000", "Mill Lane") if word in told], page
    refused = tom.get(home)
    assert (refused.status_code, "emergency-access" in refused.text) == (403, False)
    assert "phone the service that holds the record" in words(refused.text)


def test_hazard_emergency_access_opens_the_record_from_the_page_that_refused_it(home, as_persona) -> None:
    sam, address = as_persona(SAM), f"{home}/emergency-access"
    form = sam.get(address)
    assert (form.status_code, "Okafor" in form.text) == (200, False)
    token = Page(form.text).all("input", name="form_token")[0].attributes["value"]
    wrong = sam.post(address, data={"form_token": token, "reason": "short"})
    assert (wrong.status_code, 'href="#kind-1"' in wrong.text, "short</textarea>" in wrong.text) == (422, True, True)
    assert sam.post(address, data={"form_token": token, "kind": "treating", "reason": WHY}).status_code == 303
    opened = sam.get(home)
    assert (opened.status_code, "Emergency access until" in opened.text, "enicillin" in opened.text) == (200, True, True)
    assert sam.get(f"{home}/who-looked").status_code == 403
    assert as_persona(TOM).get(address).status_code == 403
    assert "Sam Webb" in as_persona(IVY).get("/emergency-access").text


def test_a_search_names_the_person_says_that_the_record_cannot_be_opened_and_tells_no_more(home, as_persona) -> None:
    row, own = as_persona(SAM).get(SEARCH).text, as_persona(AMIR).get(SEARCH).text
    assert f'href="{home}"' in row
    assert "No recorded relationship: you cannot open this record." in row
    assert ("ZX10 1AB" in own, "ZX10 1AB" in row) == (True, False)
    assert "Not shown to you" in row
    assert "No recorded relationship" not in own
    assert "No recorded relationship" not in as_persona(IVY).get(SEARCH).text


def test_over_the_api_a_search_gives_the_person_without_links_and_a_read_says_what_is_missing(hub, home) -> None:
    api = Direct(create_api(hub, Credentials({}, {digest("sam"): SAM, digest("amir"): AMIR}), max_body_bytes=10_000))
    person = home.rpartition("/")[2]
    as_sam, as_amir = ({"Authorization": f"Bearer {who}"} for who in ("sam", "amir"))
    for ask in (lambda headers: api.get("/fhir/R4/Patient", params={"family": "okafor"}, headers=headers),):
        [found], [own] = (ask(headers).json()["entry"] for headers in (as_sam, as_amir))
        assert ("link" in own["resource"], "link" in found["resource"]) == (True, False)
        assert found["resource"]["birthDate"] == own["resource"]["birthDate"]
    refused = api.get(f"/fhir/R4/Patient/{person}", headers=as_sam)
    assert (refused.status_code, "GOV-005" in refused.text) == (403, True)
    api.close()
