"""PDS, asked and understood, over invented answers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import respx

from carehub.identity.pds_answers import Search, parameters, read_answer
from carehub.outside.http import OutsideClient
from carehub.outside.pds import Pds
from carehub.terms.errors import CarehubError, OutsideDown, Rejected
from unit.outside.pds_people import ASKED, BASE, KEPT, THIRD, died, outcome, patient, searchset

ADA = Search("Okafor", ("Ada",), "female", born="1944-05-01", postcode="ZZ1 1ZZ")


@pytest.fixture
def pds() -> Iterator[Pds]:
    client = OutsideClient(BASE, hosts=frozenset({"pds.example.org"}), pause=lambda seconds: None)
    tokens = iter(f"token-{n}" for n in range(9))
    yield Pds(client, lambda: next(tokens), "key", "X99001")
    client.close()


@respx.mock(base_url=BASE)
def test_a_number_is_retrieved_with_a_fresh_token(respx_mock: respx.MockRouter, pds: Pds) -> None:
    respx_mock.get(f"/Patient/{ASKED}").respond(200, json=patient())
    answer = pds.retrieve("999 000 0018")
    pds.retrieve(ASKED)
    sent = [call.request.headers for call in respx_mock.calls]
    assert [headers["Authorization"] for headers in sent] == ["Bearer token-0", "Bearer token-1"]
    assert (sent[0]["apikey"], sent[0]["NHSD-End-User-Organisation-ODS"]) == ("key", "X99001")
    assert answer.body == patient()
    assert ASKED not in repr(answer)


@respx.mock(base_url=BASE)
def test_a_number_that_is_none_is_never_sent(respx_mock: respx.MockRouter, pds: Pds) -> None:
    with pytest.raises(Rejected):
        pds.retrieve("../../admin")
    assert not respx_mock.calls


@respx.mock(base_url=BASE)
def test_a_search_sends_what_it_says(respx_mock: respx.MockRouter, pds: Pds) -> None:
    respx_mock.get("/Patient").respond(200, json=searchset(patient()))
    pds.search(Search("Okafor", ("Ada", "May"), born_from="1944-01-01", born_to="1944-12-31", fuzzy=True, history=True))
    sent = respx_mock.calls[0].request.url.params
    assert sent.multi_items() == [
        ("family", "Okafor"),
        ("given", "Ada"),
        ("given", "May"),
        ("birthdate", "ge1944-01-01"),
        ("birthdate", "le1944-12-31"),
        ("_fuzzy-match", "true"),
        ("_history", "true"),
    ]
    assert parameters(Search("Okafor", born="1944-05-01", exact=True)) == {
        "family": ["Okafor"],
        "birthdate": ["eq1944-05-01"],
        "_exact-match": ["true"],
    }


@pytest.mark.parametrize("said", [{"family": ""}, {"family": "Okafor"}])
def test_too_little_is_not_asked(said: dict[str, str]) -> None:
    with pytest.raises(Rejected) as refused:
        Search(**said)  # type: ignore[arg-type]
    assert refused.value.issues[0].number == "PDS-005"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>Service unavailable</html>"),
        (200, b'{"resourceType": "Patient", "id": "9990000018", "id": "9990000026"}'),
        (200, b"[" * 200 + b"]" * 200),
        (200, b"null"),
        (200, b"[]"),
        (200, b"\xff\xfe"),
        (200, b""),
        (200, b'{"resourceType": "Observation"}'),
        (418, b'{"resourceType": "Patient"}'),
        (404, b"{}"),
    ],
)
def test_rubbish_is_no_answer(status: int, body: bytes, pds: Pds) -> None:
    with respx.mock(base_url=BASE) as routes:
        routes.get(f"/Patient/{ASKED}").respond(status, content=body)
        with pytest.raises(OutsideDown):
            pds.retrieve(ASKED)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_says_so(status: int, pds: Pds) -> None:
    with respx.mock(base_url=BASE) as routes:
        route = routes.get(f"/Patient/{ASKED}").respond(status, content=b"denied")
        with pytest.raises(OutsideDown) as refused:
            pds.retrieve(ASKED)
        assert route.call_count == 1
    assert refused.value.issues[0].number == "PDS-004"


def test_found() -> None:
    told = read_answer(200, patient(), ASKED)
    assert (told.outcome, told.number, told.access, told.withheld, told.issues) == ("found", ASKED, "unrestricted", (), ())
    assert "Okafor" not in repr(told)
    assert ASKED not in repr(told)


def test_another_id_than_the_asked_one_is_a_replaced_number() -> None:
    told = read_answer(200, patient(KEPT), ASKED)
    assert (told.outcome, told.number, told.issues) == ("superseded", KEPT, ("PDS-010",))


def test_restricted_is_not_missing() -> None:
    told = read_answer(200, patient(label="R"), ASKED)
    assert (told.outcome, told.access, told.issues) == ("found", "restricted", ("PDS-011",))
    assert told.withheld == ("address", "telecom", "generalPractitioner", "contact")
    bare = patient()
    del bare["address"], bare["telecom"]
    assert read_answer(200, bare, ASKED).withheld == (), "an unrestricted record without an address has none"


@pytest.mark.parametrize("label", ["V", "REDACTED", "a word nobody knows"])
def test_any_stricter_label_is_very_restricted(label: str) -> None:
    told = read_answer(200, patient(label=label), ASKED)
    assert (told.access, told.issues) == ("very-restricted", ("PDS-012",))


def test_two_labels_count_as_the_stricter() -> None:
    labels = [{"code": "U"}, {"code": "R"}]
    assert read_answer(200, patient(meta={"security": labels}), ASKED).access == "restricted"


@pytest.mark.parametrize(("status", "said"), [("1", "informal"), ("2", "formal"), ("U", ""), ("9", "unspecified")])
def test_a_death_is_told_with_who_reported_it(status: str, said: str) -> None:
    assert read_answer(200, patient(**died(status)), ASKED).death == said
    assert read_answer(200, patient(), ASKED).death == ""


@pytest.mark.parametrize(
    "bundle",
    [
        searchset(patient(), patient(KEPT)),
        searchset(patient(), total=2),
        searchset(patient(), patient(KEPT), score=0.4),
    ],
)
def test_two_candidates_are_nobody(bundle: dict[str, Any]) -> None:
    """IDN-19: the best guess is never returned."""
    told = read_answer(200, bundle)
    assert (told.outcome, told.number, told.patient, told.issues) == ("multiple", "", None, ("PDS-003",))


def test_one_match_keeps_its_score() -> None:
    told = read_answer(200, searchset(patient(), score=0.75))
    assert (told.outcome, told.number, told.score) == ("found", ASKED, 0.75)
    assert read_answer(200, {**searchset(patient()), "entry": [{"resource": patient(), "search": {"score": Decimal("0.9")}}]}).score == 0.9


def test_no_match() -> None:
    assert read_answer(200, searchset()).outcome == "none"


@pytest.mark.parametrize(
    "body",
    [
        patient(identifier=[{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": THIRD}]),
        patient("9990000019"),
        patient("abc"),
    ],
)
def test_an_answer_that_contradicts_itself_is_none(body: dict[str, Any]) -> None:
    for asked, told in ((ASKED, body), ("", searchset(body)), ("", searchset(total=1)), (ASKED, searchset(patient())), ("", patient())):
        with pytest.raises(OutsideDown) as refused:
            read_answer(200, told, asked)
        assert refused.value.issues[0].number == "PDS-009"


@pytest.mark.parametrize(
    ("code", "kind", "result"),
    [
        ("RESOURCE_NOT_FOUND", "not-found", "none"),
        ("INVALIDATED_RESOURCE", "processing", "invalidated"),
        ("TOO_MANY_MATCHES", "multiple-matches", "multiple"),
        ("ACCESS_DENIED", "forbidden", "PDS-004"),
        ("A_NEW_REFUSAL", "forbidden", "PDS-004"),
        ("MISSING_VALUE", "required", "PDS-005"),
        ("UNSUPPORTED_SERVICE", "processing", "PDS-006"),
        ("INVALID_UPDATE", "structure", "PDS-007"),
        ("A_NEW_CODE", "processing", "PDS-008"),
    ],
)
def test_outcomes_are_answers_or_refusals(code: str, kind: str, result: str) -> None:
    if result.startswith("PDS-"):
        with pytest.raises(CarehubError) as refused:
            read_answer(404, outcome(code, kind), ASKED)
        assert refused.value.issues[0].number == result
        return
    told = read_answer(404, outcome(code, kind), ASKED)
    assert (told.outcome, told.number, told.patient) == (result, "", None)


def test_an_invalidated_number_gives_no_reason() -> None:
    """Why a number was withdrawn may itself be a secret."""
    told = read_answer(404, outcome("INVALIDATED_RESOURCE"), ASKED)
    assert (told.number, told.patient, told.issues) == ("", None, ("PDS-002",))
