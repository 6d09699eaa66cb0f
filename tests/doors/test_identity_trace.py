"""`carehub identity trace` against a PDS on this machine: the answer is stored, takes effect, and is not asked for again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carehub.terms.errors import OutsideDown, Refused
from carehub.terms.issue_catalogue import CATALOGUE
from carehub.terms.refs import RecordRef
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.cli import app
from carehub.wiring.settings import Settings, UnsafeSettings
from carehub.wiring.tracing import pds_of
from hub.toy_hub import ada, submit, toy_adapter
from unit.outside.pds_people import ASKED, KEPT, patient


@dataclass
class Standing:
    """A PDS on loopback: what it was asked, and what it answers."""

    url: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    status: int = 200
    body: bytes = b"{}"


@pytest.fixture
def standing() -> Iterator[Standing]:
    state = Standing()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append((self.path, self.headers["Authorization"]))
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/FHIR/R4"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, standing: Standing) -> Path:
    """A hub in a folder, set to ask that PDS, with two records of one woman under two numbers."""
    token = tmp_path / "token"
    token.write_text("fresh\n")
    monkeypatch.chdir(tmp_path)
    for name, value in {"PDS_URL": standing.url, "PDS_HOSTS": "127.0.0.1", "PDS_TOKEN_FILE": str(token)}.items():
        monkeypatch.setenv(f"CAREHUB_{name}", value)
    adapter = tmp_path / "adapters" / "toy"
    adapter.mkdir(parents=True)
    (adapter / "adapter.py").write_text("from hub.toy_hub import map_message, split\n")
    manifest = toy_adapter().manifest
    feed = manifest.feeds[0]
    (adapter / "manifest.toml").write_text(
        f'name = "toy"\ntitle = "Toy"\nowner = "N"\nclinical_owner = "N"\nsource_kind = "gp"\nidentifier_domain = "urn:toy"\n'
        f'mapping_version = 1\nproduces = ["Patient"]\nsections = {json.dumps(manifest.sections)}\n[[feeds]]\nname = "feed"\ntitle = "Toy"\n'
        f'content_type = "application/json"\narrives = "push"\nmessages = ["toy"]\nexpected_every = "{feed.expected_every}"\n'
        f'stale_after = "{feed.stale_after}"\n[grade]\nlevel = "bronze"\n'
    )
    monkeypatch.setenv("CAREHUB_ADAPTERS", str(adapter.parent))
    hub = build_hub(Settings())
    submit(hub, ada("gp", nhs=KEPT), ada("acute", nhs=ASKED))
    hub.drain()
    assert len(hub.store.links.persons()) == 2
    hub.store.close()
    return tmp_path


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["identity", "trace", *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def test_a_replaced_number_is_traced_kept_and_rebuilt_without_asking(site: Path, standing: Standing) -> None:
    standing.body = json.dumps(patient(KEPT)).encode()
    code, words = _run(ASKED)
    assert (code, standing.asked) == (0, [(f"/FHIR/R4/Patient/{ASKED}", "Bearer fresh")])
    assert CATALOGUE["PDS-010"].text in words
    assert KEPT not in words
    assert "Okafor" not in words
    hub = build_hub(Settings())
    assert len(hub.store.links.persons()) == 1
    assert hub.rebuild().same
    assert len(hub.store.links.persons()) == 1
    hub.store.close()
    assert len(standing.asked) == 1

    code, said = _run(ASKED, "--history", "--json")
    assert [(one["number"], one["now"]) for one in json.loads(said) if one["number"] == ASKED] == [(ASKED, KEPT)]
    assert (code, len(standing.asked)) == (0, 1)


def test_a_busy_service_is_exit_3_and_nothing_is_kept(site: Path, standing: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carehub.outside.http.Patience.__init__.__defaults__", (5.0, 10.0, 30.0, 2, 0.0, 30.0))
    standing.status, standing.body = 503, b"busy"
    with pytest.raises(OutsideDown) as refused:
        _run("--record", RecordRef("acute", "1", "Patient").id)
    assert refused.value.issues[0].number == "OUT-002"
    assert len(standing.asked) == 2
    hub = build_hub(Settings())
    assert hub.log.last_position() == 2
    hub.store.close()


def test_records_without_a_number_are_asked_for_until_the_service_is_away(site: Path, standing: Standing) -> None:
    hub = build_hub(Settings())
    submit(hub, ada("council", nhs=""), ada("charity", nhs="", born="1950"), key="more")
    hub.drain()
    hub.store.close()
    standing.body = json.dumps({"resourceType": "Bundle", "type": "searchset", "total": 0}).encode()
    code, said = _run("--missing", "10", "--json")
    told = json.loads(said)
    assert ([one["outcome"] for one in told["asked"]], told["failed"], code) == (["none"], ["PDS-005"], 1)
    assert [path.partition("?")[0] for path, _ in standing.asked] == ["/FHIR/R4/Patient"]

    standing.status, standing.body = 403, b"no"
    code, said = _run("--missing", "10", "--json")
    assert (json.loads(said), code) == ({"asked": [], "failed": ["PDS-005"]}, 1), "who was asked for is not asked for again"


def test_off_unless_it_is_set_up(site: Path, standing: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAREHUB_PDS_URL")
    with pytest.raises(Refused) as refused:
        _run(ASKED)
    assert refused.value.issues[0].number == "PDS-014"
    assert standing.asked == []


@pytest.mark.parametrize("arguments", [(), (ASKED, "--missing", "3"), ("--missing", "3", "--history")])
def test_one_question_at_a_time(arguments: tuple[str, ...], site: Path) -> None:
    assert _run(*arguments)[0] == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://api.service.nhs.uk/personal-demographics/FHIR/R4",
        "http://127.0.0.1/FHIR/R4",
        "https://api.service.nhs.uk.example.org/FHIR/R4",
        "https://example.org/FHIR/R4",
    ],
)
def test_production_refuses_to_start_with_an_unsafe_address(url: str) -> None:
    with pytest.raises(UnsafeSettings, match="CAREHUB_PDS_URL"):
        Settings(env="production", pds_url=url).refuse_unsafe()
    with pytest.raises(OutsideDown):
        pds_of(Settings(env="production", pds_url=url))


def test_production_takes_the_national_address() -> None:
    good = Settings(env="production", pds_url="https://api.service.nhs.uk/personal-demographics/FHIR/R4")
    with pytest.raises(UnsafeSettings) as refused:
        good.refuse_unsafe()
    assert "PDS" not in str(refused.value)
    pds_of(good).client.close()


def test_no_secret_is_in_what_is_printed_of_the_settings() -> None:
    shown = repr(Settings(pds_token="token-1", pds_api_key="key-1"))  # type: ignore[arg-type]
    assert "token-1" not in shown
    assert "key-1" not in shown
