"""A notification is signed for its receiver, sent once, and only to an address that the site allows."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest
import respx
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from carehub.outside.rest_hook import RestHook
from carehub.terms.errors import OutsideDown

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOOK = RestHook(frozenset({"mdt.example"}), False, "the site's key", lambda: NOW)
ENDPOINT = "https://mdt.example/hook"
BODY = b'{"resourceType":"Bundle"}'


@time_machine.travel(NOW, tick=False)
def test_the_receiver_can_tell_that_it_is_from_this_site_and_unchanged() -> None:
    with respx.mock as routes:
        route = routes.post(ENDPOINT).mock(return_value=httpx.Response(204))
        HOOK.call(ENDPOINT, "sub-1", "n1", BODY)
        HOOK.call(ENDPOINT, "sub-2", "n1", BODY)
    first, second = (call.request for call in route.calls)
    receiver = Webhook(HOOK.secret("sub-1"))
    assert receiver.verify(first.content, dict(first.headers)) == json.loads(BODY)
    assert first.headers["content-type"] == "application/fhir+json"
    for content, headers in ((first.content + b" ", first.headers), (second.content, second.headers)):
        with pytest.raises(WebhookVerificationError):
            receiver.verify(content, dict(headers))


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(500), httpx.Response(302, headers={"Location": "https://evil.example/"}), httpx.Response(404), httpx.ConnectError("x")],
)
def test_what_is_not_taken_is_said_after_one_try(answer: httpx.Response | Exception) -> None:
    with respx.mock as routes:
        route = routes.post(ENDPOINT).mock(side_effect=[answer])
        with pytest.raises(OutsideDown):
            HOOK.call(ENDPOINT, "sub-1", "n1", BODY)
    assert route.call_count == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://mdt.example/hook",
        "https://mdt.example.evil.example/hook",
        "https://user:word@mdt.example/hook",
        "https://mdt.example/hook#part",
        "https://169.254.169.254/latest",
        "https://localhost/hook",
        "ftp://mdt.example/hook",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_the_site_does_not_name_is_never_called(endpoint: str) -> None:
    assert not HOOK.may_call(endpoint)
    with respx.mock, pytest.raises(OutsideDown) as refused:
        HOOK.call(endpoint, "sub-1", "n1", BODY)
    assert [one.number for one in refused.value.issues] == ["OUT-004"]
