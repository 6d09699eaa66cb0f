"""A page that takes long holds nobody else up: the loop that answers the health check and takes messages in goes on meanwhile."""

from __future__ import annotations

import asyncio
import threading

import httpx2
import pytest

from carehub.web.app import PersonaSignIn, create_web
from doors.web import builders
from doors.web.conftest import SECRET
from doors.web.fake_hub import FakeHub

PAGES = ("", "/medicines", "/sources", "/as-sent?record=Condition/1", "/print", "/care-plan", "/timeline", "/pack", "/pack/person")


class SlowHub(FakeHub):
    """A door out that answers only once somebody else was answered. waited: whether that happened, or the loop stood still."""

    def __init__(self) -> None:
        super().__init__()
        self.asking, self.answered = threading.Event(), threading.Event()
        self.waited: list[bool] = []

    def person_record(self, requester, person_id, page):
        self.asking.set()
        self.waited.append(self.answered.wait(5))
        return super().person_record(requester, person_id, page)


@pytest.mark.parametrize("page", PAGES)
def test_another_request_is_answered_while_a_page_waits_for_its_record(client, page):
    hub = SlowHub()
    app = create_web(
        hub, PersonaSignIn((builders.NURSE,), SECRET, lambda: builders.NOW), clock=lambda: builders.NOW, demo=True, secret=SECRET
    )

    async def both() -> tuple[int, int]:
        cookies = dict(client.cookies)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://testserver", cookies=cookies) as asking:
            slow = asyncio.create_task(asking.get(f"/people/rich{page}"))
            while not hub.asking.is_set():
                await asyncio.sleep(0.001)
            other = await asking.get("/sign-in")
            hub.answered.set()
            return other.status_code, (await slow).status_code

    assert asyncio.run(both()) == (200, 200)
    assert all(hub.waited)
