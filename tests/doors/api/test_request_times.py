"""How long requests take is told by route template, method and class of status, of several processes together, and names nobody."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from carehub.api.request_times import Timed
from carehub.api.shortcut import Shortcut
from carehub.wiring.request_times import FileTimes

NAME = "carehub_http_request_duration_seconds"
ANOTHER = """
import pathlib, sys
from carehub.wiring.request_times import FileTimes
FileTimes(pathlib.Path(sys.argv[1])).observe("/x", "GET", "2xx", 0.3)
"""


def text(times: FileTimes) -> str:
    registry = CollectorRegistry()
    times.told(registry)
    return generate_latest(registry).decode()


def count(times: FileTimes, route: str, method: str, status: str) -> float:
    registry = CollectorRegistry()
    times.told(registry)
    return registry.get_sample_value(f"{NAME}_count", {"route": route, "method": method, "status": status}) or 0.0


async def person(request: Request) -> Response:
    return PlainTextResponse("told", 404 if request.path_params["id"] == "nobody" else 200)


async def person_of_feed(feed: str) -> str:
    return feed


async def failing(request: Request) -> Response:
    raise RuntimeError("9990000018")


@pytest.fixture
def times(tmp_path: Path) -> FileTimes:
    return FileTimes(tmp_path / "times")


@pytest.fixture
def client(times: FileTimes) -> TestClient:
    pages = Starlette(routes=[Route("/people/{id}", person)])
    read = Route("/fhir/R4/Patient/{id}", person)
    app = Starlette(routes=[Shortcut([read]), read, Route("/failing", failing), Mount("/", pages)])
    app.add_middleware(Timed, observe=times.observe, routes=app.router.routes)
    return TestClient(app, raise_server_exceptions=False)


def test_a_route_of_an_included_router_has_its_own_template(times: FileTimes) -> None:
    router = APIRouter(prefix="/feeds")
    router.add_api_route("/{feed:path}/submissions", person_of_feed, methods=["GET"])
    app = FastAPI()
    app.include_router(router)
    app.add_middleware(Timed, observe=times.observe, routes=app.router.routes)
    TestClient(app).get("/feeds/toy/feed/submissions")
    assert count(times, "/feeds/{feed:path}/submissions", "GET", "2xx") == 1


def test_a_request_counts_under_the_template_of_its_route_and_no_path_is_told(client: TestClient, times: FileTimes) -> None:
    for path in ("/fhir/R4/Patient/9990000018", "/fhir/R4/Patient/nobody", "/people/9990000018", "/failing", "/9990000018?family=Okafor"):
        client.get(path)
    client.request("BREW9990000018", "/people/9990000018")
    assert count(times, "/fhir/R4/Patient/{id}", "GET", "2xx") == 1
    assert count(times, "/fhir/R4/Patient/{id}", "GET", "4xx") == 1
    assert count(times, "/people/{id}", "GET", "2xx") == 1
    assert count(times, "/failing", "GET", "5xx") == 1
    told = text(times)
    assert 'route="unknown"' in told
    assert 'method="other"' in told
    assert "9990000018" not in told
    assert "Okafor" not in told


def test_processes_add_up_and_a_count_stays_when_one_ends(times: FileTimes, tmp_path: Path) -> None:
    times.observe("/x", "GET", "2xx", 0.001)
    for _ in range(2):
        subprocess.run([sys.executable, "-c", ANOTHER, str(tmp_path / "times")], check=True, timeout=60)
    assert count(times, "/x", "GET", "2xx") == 3
    told = text(times)
    assert f'{NAME}_bucket{{le="0.005",method="GET",route="/x",status="2xx"}} 1.0' in told
    assert f'{NAME}_bucket{{le="0.5",method="GET",route="/x",status="2xx"}} 3.0' in told
    assert f'{NAME}_bucket{{le="+Inf",method="GET",route="/x",status="2xx"}} 3.0' in told


def test_what_the_dead_left_is_forgotten_only_when_none_is_left_and_the_folder_is_its_owners(tmp_path: Path) -> None:
    folder = tmp_path / "times"
    folder.mkdir()
    gone = 2**22 + 1  # beyond the highest process id there can be
    (folder / f"histogram_{gone}.db").write_bytes(b"")
    FileTimes(folder)
    assert list(folder.iterdir()) == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / f"histogram_{gone}.db").write_bytes(b"")
    (folder / f"histogram_{os.getppid()}.db").write_bytes(b"")
    FileTimes(folder)
    assert len(list(folder.iterdir())) == 2
