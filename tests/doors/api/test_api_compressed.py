"""Answers compressed with gzip for who asks with a credential: the same bytes as without, right ETags and lengths, nothing for a browser's session."""

from __future__ import annotations

import asyncio
import gzip
import random
import zlib
from collections.abc import Iterator

import pytest
from starlette.responses import Response, StreamingResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message

from carehub.api.app import create_api
from carehub.api.compressing import LEAST, Compressing, takes_gzip
from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from doors.api.conftest import RESULT, digest
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

GZIP, PLAIN = {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}
BEARER = {"Authorization": "Bearer nurse"}


@pytest.fixture(scope="module")
def hub():
    made = toy_hub()
    submit(made, ada(records=[PENICILLIN, RESULT]))
    made.drain()
    return made


@pytest.fixture(scope="module")
def api(hub) -> Iterator[TestClient]:
    credentials = Credentials({}, {digest("nurse"): NURSE}, session=lambda request: NURSE if "cookie" in request.headers else None)
    with TestClient(create_api(hub, credentials, max_body_bytes=10_000), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def person(hub) -> str:
    return hub.store.links.find(nhs_number="9990000018")[0]


def raw(api: TestClient, address: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """As it is on the wire."""
    with api.stream(method, address, headers=headers) as answer:
        return answer.status_code, dict(answer.headers), b"".join(answer.iter_raw())


def test_what_comes_compressed_is_what_comes_without(api: TestClient, person: str) -> None:
    address = f"/fhir/R4/Patient/{person}/$everything"
    _, plain_headers, plain = raw(api, address, **BEARER, **PLAIN)
    status, headers, packed = raw(api, address, **BEARER, **GZIP)
    assert (status, headers["content-encoding"], headers["content-length"]) == (200, "gzip", str(len(packed)))
    assert "content-encoding" not in plain_headers
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 3
    assert headers["vary"] == plain_headers["vary"] == "Accept-Encoding"
    assert headers["cache-control"] == "no-store"
    assert headers["content-type"] == plain_headers["content-type"]


def test_nothing_is_compressed_for_a_browsers_session(api: TestClient, person: str) -> None:
    """BREACH: another site can make a browser ask, with its cookie and words of the site's choice, and see how long the answer is."""
    for address in (f"/fhir/R4/Patient/{person}/$everything", "/fhir/R4/Patient?family=okafor", "/fhir/R4/metadata"):
        status, headers, _ = raw(api, address, Cookie="session=x", **GZIP)
        assert (status, headers.get("content-encoding")) == (200, None), address


def test_only_fhir_json_is_compressed_and_only_where_it_is_long(api: TestClient, person: str) -> None:
    for address in ("/openapi.json", "/health/live", "/fhir/R4/Patient/unknown", "/fhir/R4/Patient?_summary=count&family=okafor"):
        assert "content-encoding" not in raw(api, address, **BEARER, **GZIP)[1], address
    status, headers, body = raw(api, "/fhir/R4/metadata", **BEARER, **GZIP)
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert b'"CapabilityStatement"' in gzip.decompress(body)


def test_a_version_that_is_known_is_304_whether_it_came_compressed_or_not(api: TestClient, hub, person: str) -> None:
    [patient] = [link.patient for link in hub.store.links.links_of(person)]
    address = f"/fhir/R4/Patient/{patient}"
    tags = {raw(api, address, **BEARER, **how)[1]["etag"] for how in (PLAIN, GZIP)}
    [tag] = tags
    assert tag.startswith('W/"')
    for how in (PLAIN, GZIP):
        status, headers, body = raw(api, address, **BEARER, **how, **{"If-None-Match": tag})
        assert (status, headers["etag"], body, headers.get("content-encoding")) == (304, tag, b"", None)


def test_head_is_answered_as_without(api: TestClient, person: str) -> None:
    address = f"/fhir/R4/Patient/{person}/$everything"
    told = [raw(api, address, "HEAD", **BEARER, **how) for how in (PLAIN, GZIP)]
    assert [(status, headers.get("content-encoding"), headers.get("content-length")) for status, headers, _ in told] == [
        (told[0][0], None, told[0][1].get("content-length"))
    ] * 2


@pytest.mark.parametrize(
    ("wish", "taken"),
    [
        ("gzip", True), ("GZIP", True), ("deflate, gzip;q=1.0, *;q=0.5", True), ("x-gzip", True), ("*", True), ("br, gzip ; q=0.1", True),
        ("", False), ("identity", False), ("gzip;q=0", False), ("gzip;q=0.000", False), ("*;q=0", False), ("gzip;q=0, *", False),
        ("deflate, br, zstd", False), ("gzip;q=x", False), ("gzip;q=nan", False), ("gzip;q=-1", False), ("gzip;q=", False), ("gzipp", False),
        (";q=1", False), (",;,;;=", False), ("gzip;q=\u0661", False), ("g" * 60_000, False), ("gzip;q=1e9", False),
    ],
)  # fmt: skip
def test_what_a_client_takes_is_what_it_says(wish: str, taken: bool) -> None:
    assert takes_gzip(wish) is taken


def sent(answer: ASGIApp, *more: tuple[bytes, bytes], method: str = "GET") -> list[Message]:
    """What the middleware gives to the server."""
    messages: list[Message] = []
    headers = [(b"authorization", b"Bearer x"), (b"accept-encoding", b"gzip"), *more]
    scope = {"type": "http", "method": method, "path": "/fhir/R4/x", "headers": headers}

    async def take(message: Message) -> None:
        messages.append(message)

    async def nothing() -> Message:
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    asyncio.run(Compressing(answer)(scope, nothing, take))
    return messages


def test_an_answer_in_pieces_is_passed_on_in_pieces() -> None:
    dice = random.Random(7)
    pieces = [dice.randbytes(50_000) for _ in range(20)]
    messages = sent(StreamingResponse(iter(pieces), headers={"Content-Length": "1000000"}, media_type=FHIR_JSON))
    bodies = [message["body"] for message in messages[1:]]
    assert (b"content-encoding", b"gzip") in messages[0]["headers"]
    assert not [name for name, _ in messages[0]["headers"] if name == b"content-length"]
    assert gzip.decompress(b"".join(bodies)) == b"".join(pieces)
    assert max(map(len, bodies)) < 200_000
    assert [message.get("more_body", False) for message in messages[1:]] == [True] * (len(bodies) - 1) + [False]


def test_a_piece_comes_before_the_last_one_is_made() -> None:
    reached = []

    def pieces() -> Iterator[bytes]:
        for n in range(20):
            reached.append(n)
            yield random.Random(n).randbytes(50_000)

    seen: list[int] = []

    class Spy(list):
        def append(self, message: Message) -> None:
            if message.get("body"):
                seen.append(len(reached))

    messages = Spy()
    scope = {"type": "http", "method": "GET", "path": "/fhir/x", "headers": [(b"authorization", b"x"), (b"accept-encoding", b"gzip")]}

    async def take(message: Message) -> None:
        messages.append(message)

    async def nothing() -> Message:
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    asyncio.run(Compressing(StreamingResponse(pieces(), media_type=FHIR_JSON))(scope, nothing, take))
    assert seen[0] < 4


@pytest.mark.parametrize(
    "answer",
    [
        Response(b"x" * LEAST, media_type="application/fhir+ndjson"),
        Response(b"x" * LEAST, media_type="text/html"),
        Response(b"x" * (LEAST - 1), media_type=FHIR_JSON),
        Response(b"x" * LEAST, 400, media_type=FHIR_JSON),
        Response(zlib.compress(b"x" * 100_000), media_type=FHIR_JSON, headers={"Content-Encoding": "deflate"}),
        Response(b"", media_type=FHIR_JSON),
    ],
)
def test_what_is_not_worth_it_or_not_ours_is_left_as_it_is(answer: Response) -> None:
    messages = sent(answer)
    assert messages[1]["body"] == answer.body
    assert dict(messages[0]["headers"])[b"content-length"] == str(len(answer.body)).encode()
    assert dict(messages[0]["headers"]).get(b"content-encoding") in (None, b"deflate")


def test_the_answer_to_head_keeps_the_length_it_names() -> None:
    messages = sent(Response(b"x" * 9_000, media_type=FHIR_JSON), method="HEAD")
    assert dict(messages[0]["headers"])[b"content-length"] == b"9000"
