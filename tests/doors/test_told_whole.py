"""What was sent is what is read, from bytes to both doors: every dose with its unit (H-08), every text whole (H-13), each person's page their own (H-29)."""

from __future__ import annotations

import json
import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from html import unescape
from string import digits

from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.feeds.message import Submission
from carehub.fhir.canonical import loads
from carehub.hub.hub import Hub
from carehub.terms.moments import iso
from doors.api.conftest import digest
from doors.web.conftest import desk_client
from doors.web.markup import Page
from hub.toy_hub import NURSE, ada, submit, toy_hub

UNITS = ("mg", "micrograms", "mcg", "µg", "ng", "g", "mL", "units", "mmol", "tablet", "5 mL spoonful", "drops.", "")
BASE = "/fhir/R4"


def _api(hub: Hub, people=(NURSE,)) -> TestClient:
    return TestClient(create_api(hub, Credentials({}, {digest(who.user): who for who in people}), max_body_bytes=10_000))


def _sent_doses() -> dict[str, list[tuple[str, str]]]:
    """A hundred courses of ten doses: value as digits, unit or ""."""
    dice = random.Random(8)

    def dose() -> tuple[str, str]:
        whole, part = dice.choice((0, dice.randrange(1, 1000), dice.randrange(1000, 2_000_000))), dice.randrange(4)
        return f"{whole}{'.' * bool(part)}{''.join(dice.choices(digits, k=part))}", dice.choice(UNITS)

    return {f"d{n}": [dose() for _ in range(10)] for n in range(100)}


def _course(id: str, *dosages: dict) -> dict:
    return {"type": "MedicationStatement", "id": id, "status": "active", "medicationCodeableConcept": {"text": id}, "dosage": [*dosages]}


def test_hazard_a_thousand_doses_with_their_units_are_read_as_they_were_sent() -> None:
    """H-08: digits, unit, and the lack of one, in what is kept and on the page; words beside coded parts are not touched."""
    hub, sent = toy_hub(), _sent_doses()
    records = [_course("words", {"text": "5.0MG. od, 1000 u", "doseAndRate": [{"doseQuantity": {"value": "#5.0#", "unit": "mg"}}]})]
    for id, doses in sent.items():
        amounts = [{"value": f"#{value}#", **({"unit": unit} if unit else {})} for value, unit in doses]
        records.append(_course(id, *({"doseAndRate": [{"doseQuantity": amount}]} for amount in amounts)))
    told = re.sub(r'"#([\d.]+)#"', r"\1", json.dumps(ada(records=records)))
    hub.receive([Submission("toy/feed", told.encode(), iso(hub.clock()), "test", "")])
    hub.drain()
    [person] = hub.store.links.persons()

    kept = [loads(body.body) for body in hub.disclosing.everything(NURSE, person).value[1] if body.type == "MedicationStatement"]
    stored = {
        one["medicationCodeableConcept"]["text"]: [dosage["doseAndRate"][0]["doseQuantity"] for dosage in one["dosage"]] for one in kept
    }
    stored.pop("words")
    assert {id: [(str(one["value"]), one.get("unit", "")) for one in doses] for id, doses in stored.items()} == sent

    text = Page(desk_client(hub, (NURSE,), NURSE).get(f"/people/{person}/medicines").text).one("main").text
    shown = dict(re.findall(r"(\bd\d+|\bwords) ?DOSE ?(.*?) ?(?:Amount.*?)?1 entry: who said it", text))
    assert shown.pop("words") == "5.0MG. od, 1000 u"
    read = {id: [words.partition(" ") for words in doses.split("; ")] for id, doses in shown.items()}
    assert {id: [unit for _, _, unit in doses] for id, doses in read.items()} == {
        id: [unit.rstrip(".") for _, unit in doses] for id, doses in sent.items()
    }
    assert {id: [Decimal(value.replace(",", "")) for value, _, _ in doses] for id, doses in read.items()} == {
        id: [Decimal(value) for value, _ in doses] for id, doses in sent.items()
    }


TEXTS = (
    *(
        "".join(random.Random(size).choices("bcdhjklnp, rs. tw ", k=size)).strip() + "END"
        for size in (1, 254, 255, 256, 4096, 32_767, 65_536)
    ),
    "Zoë O’Brien – 5 µg <b>not</b> &amp; \"quoted\" 'single' {{ 7*7 }} ${x} %s",
    "مرحبا ‏right to left‎ עברית",
    "👩🏽‍⚕️ é ñ ẞ ﬀ ０",
    "line one\nline two\ttab",
    "\\.br\\ \\X0A\\ ^~\\& |",
)


def test_hazard_a_text_of_any_length_or_script_is_whole_on_the_page_on_paper_and_by_api() -> None:
    """H-13."""
    hub = toy_hub()
    records = [
        {"type": "Condition", "id": f"c{n}", "code": {"text": f"Problem {n}"}, "note": [{"text": text}]} for n, text in enumerate(TEXTS)
    ]
    submit(hub, ada(records=records))
    hub.drain()
    [person] = hub.store.links.persons()
    answer = _api(hub).get(f"{BASE}/Condition?patient={person}&_count=50", headers={"Authorization": f"Bearer {NURSE.user}"}).json()
    told = {entry["resource"]["code"]["text"]: entry["resource"]["note"][0]["text"] for entry in answer["entry"]}
    assert told == {f"Problem {n}": text for n, text in enumerate(TEXTS)}
    page = desk_client(hub, (NURSE,), NURSE)
    for path in ("problems", "print"):
        text = Page(page.get(f"/people/{person}/{path}").text).text
        for sent in TEXTS:
            assert " ".join(sent.split()) in text, (path, sent[:40])


def test_hazard_many_readers_at_once_each_get_the_person_they_asked_for_at_both_doors() -> None:
    """H-29: two people, two users, both doors, in any order at once; a page never holds another person's name or number."""
    hub = toy_hub()
    other = replace(NURSE, user="sam", name="Sam Hill")
    submit(hub, ada(), ada("gp", "2", nhs="9990000026", given="Bo", family="Quine"))
    hub.drain()
    who_is = {hub.store.links.find(nhs_number=number)[0]: number for number in ("9990000018", "9990000026")}
    names = {"9990000018": "OKAFOR", "9990000026": "QUINE"}
    api = _api(hub, (NURSE, other))
    pages = {who: desk_client(hub, (NURSE, other), who) for who in (NURSE, other)}
    asked = [(who, person, door) for who in (NURSE, other) for person in who_is for door in ("page", "api") for _ in range(6)]
    random.Random(29).shuffle(asked)

    def read(one) -> list[str]:
        who, person, door = one
        token = {"Authorization": f"Bearer {who.user}"}
        answer = pages[who].get(f"/people/{person}") if door == "page" else api.get(f"{BASE}/Patient/{person}", headers=token)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        squeezed = unescape(answer.text).upper().replace(" ", "")
        return [number for number, name in names.items() if number in squeezed or name in squeezed]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(read, asked))
    assert found == [[who_is[person]] for _, person, _ in asked]
