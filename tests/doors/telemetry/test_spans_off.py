"""Where nobody is told, nothing of it is there; and where somebody is, it is only what carehub says itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from carehub.wiring.settings import Settings, UnsafeSettings

OFF = """
import sys, pathlib
from carehub.store.memory import MemoryStore
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings
from carehub.hub.hub import Hub
from carehub.hub.spans import NOWHERE
from carehub.api.request_spans import Spanned
from starlette.testclient import TestClient
settings = Settings(_env_file=None, var=pathlib.Path(sys.argv[1]), database_url="", redis_url="", otlp_endpoint="")
hub = build_hub(settings, store=MemoryStore(), role="api")
app = create_app(settings, hub)
with TestClient(app) as client:
    assert client.get("/fhir/R4/metadata").status_code == 200
assert type(hub) is Hub and hub.spans is NOWHERE and hub.disclosing.spans is NOWHERE
assert all(one.cls is not Spanned for one in app.user_middleware)
loaded = [name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "google.protobuf"))]
ours = [name for name in sys.modules if name.startswith("carehub.wiring.telemetry.")]
print(loaded, sorted(ours))
"""

NOT_INSTALLED = """
import sys, pathlib
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from carehub.store.memory import MemoryStore
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings
settings = Settings(_env_file=None, var=pathlib.Path(sys.argv[1]), database_url="", redis_url="", otlp_endpoint="http://127.0.0.1:1")
hub = build_hub(settings, store=MemoryStore(), role="api")
print(type(hub).__name__, type(hub.spans).__name__)
"""

OTHERS = """
import sys, pathlib
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
shared = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(shared))
trace.set_tracer_provider(provider)
from doors.telemetry.spanned import Told, asking
from hub.toy_hub import ada, submit
told = Told()
with asking(told.hub, "nurse") as client:
    client.get("/fhir/R4/Patient/9990000018?family=Okafor")
print([span.name for span in shared.get_finished_spans()], len(told.spans()) > 0)
"""


def run(words: str, place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    tests = Path(__file__).resolve().parents[2]
    path = f"{tests}:{tests.parent / 'src'}:{tests.parent}"
    told = Settings.environment() | {"PYTHONPATH": path} | environment
    done = subprocess.run([sys.executable, "-c", words, str(place)], env=told, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done


def test_where_nobody_is_told_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    done = run(OFF, tmp_path)
    assert done.stdout.strip() == "[] ['carehub.wiring.telemetry.choosing', 'carehub.wiring.telemetry.committing']"


def test_without_the_extra_the_hub_works_and_says_so_once(tmp_path: Path) -> None:
    done = run(NOT_INSTALLED, tmp_path)
    assert done.stdout.splitlines()[-1] == "Hub Nowhere"
    assert (done.stdout + done.stderr).count("the extra telemetry is not installed") == 1


def test_what_fastapi_tells_of_requests_is_off_whatever_the_environment_says(tmp_path: Path) -> None:
    environment = {"FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    assert run(OTHERS, tmp_path, **environment).stdout.strip() == "[] True"


@pytest.mark.parametrize(
    "address",
    [
        "collector:4318",
        "grpc://collector:4317",
        "https://jo:secret@collector",
        "https://collector/?key=secret",
        "file:///tmp/spans",
        "https://",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="begins with http"):
        Settings(_env_file=None, otlp_endpoint=address)


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("http://collector:4318", True),
        ("http://localhost.example:4318", True),
        ("http://127.0.0.1:4318", False),
        ("http://[::1]:4318", False),
        ("http://localhost:4318", False),
        ("https://collector.example.nhs.uk/otlp", False),
        ("", False),
    ],
)
def test_production_tells_nobody_elsewhere_in_the_clear(address: str, refused: bool) -> None:
    with pytest.raises(UnsafeSettings) as error:
        Settings(_env_file=None, env="production", database_url="", otlp_endpoint=address).refuse_unsafe()
    assert ("CAREHUB_OTLP_ENDPOINT" in str(error.value)) is refused
