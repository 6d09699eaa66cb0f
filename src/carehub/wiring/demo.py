"""`carehub demo`: twelve invented people from two sources, their merged records on a page and through the API."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from carehub.api.requester import SourceCredential
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.ingesting import Ingested, ingest_files
from carehub.wiring.loading import shipped_cast
from carehub.wiring.settings import Settings, UnsafeSettings

_FILE = re.compile(r"^\d+-([a-z_]+)\.[a-z0-9]+$")

DEMO_CREDENTIAL = "demo"

PERSONAS = [
    Requester("jo.adeyemi", "Jo Adeyemi", "district-nurse", "X99001", "Northvale Community", "TREAT"),
    Requester("amir.khan", "Amir Khan", "gp", "X99002", "Elmfield Surgery", "TREAT"),
    Requester("ruth.patel", "Ruth Patel", "care-coordinator", "X99002", "Elmfield Surgery", "TREAT"),
    Requester("lena.osei", "Lena Osei", "social-worker", "X99003", "Northvale Council", "TREAT"),
    Requester("tom.hart", "Tom Hart", "link-worker", "X99004", "Age Well Northvale", "TREAT"),
    Requester("nia.rees", "Nia Rees", "identity-steward", "X99001", "Northvale Community", "PATADMIN"),
    Requester("omar.diaz", "Omar Diaz", "identity-steward", "X99002", "Elmfield Surgery", "PATADMIN"),
    Requester("grace.lowe", "Grace Lowe", "senior-identity-steward", "X99001", "Northvale Community", "PATADMIN"),
]


def cast_files(folder: Path) -> list[tuple[str, Path, str]]:
    """(feed, file, delivery key) of every message file of the cast: `<person>/<nn>-<feed>.<ext>`, in order of person and number."""
    files = []
    for path in sorted(folder.glob("*/*")):
        match = _FILE.match(path.name)
        if match:
            files.append((match[1], path, f"cast/{path.parent.name}/{path.name}"))
    return files


def run_demo(*, once: bool, as_json: bool, port: int | None) -> None:
    """Load the cast and serve it; with once, load it into a store of its own, print the figures and end."""
    started = time.perf_counter()
    if Settings().env == "production":
        raise UnsafeSettings("the demonstration lets anybody sign in, so it does not run where CAREHUB_ENV is production")
    folder = Path(tempfile.mkdtemp(prefix="carehub-demo-")) if once else Settings().var / "demo"
    try:
        settings = Settings(env="demo", var=folder, database_url="", redis_url="")
        hub = build_hub(settings)
        files = [(hub.catalogue.full_name(feed), path, key) for feed, path, key in cast_files(shipped_cast())]
        done = ingest_files(hub, files, quiet=as_json)
        figures = _figures(hub, done, time.perf_counter() - started)
        _tell(figures, as_json=as_json)
        if not once:
            _serve(settings, hub, port or settings.port)
    finally:
        if once:
            shutil.rmtree(folder, ignore_errors=True)


def _figures(hub: Hub, done: Ingested, seconds: float) -> dict[str, object]:
    store = hub.store
    _, conflicts, gaps = store.plans.totals()
    sources: dict[str, Counter[str]] = {}
    for feed, code, verdict, messages in store.records.counts():
        counter = sources.setdefault(code or feed, Counter())
        counter[verdict] += messages
        counter["received"] += messages
    return {
        "messages": {
            "received": sum(counter["received"] for counter in sources.values()),
            **{
                verdict: sum(counter[verdict] for counter in sources.values()) for verdict in ("accepted", "partly_quarantined", "rejected")
            },
        },
        "people": len(store.links.persons()),
        "patient_records": store.records.totals()[0],
        "reviews": len(store.links.reviews()),
        "conflicts": conflicts,
        "gaps": gaps,
        "record_hash": hub.record_hash(),
        "source": {code: dict(counter) for code, counter in sorted(sources.items())},
        "seconds": round(seconds, 3),
        "new_resource_versions": done.new_versions,
    }


def _tell(figures: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name.replace('_', ' ')}: {value}")


def _serve(settings: Settings, hub: Hub, port: int) -> None:
    from carehub.wiring.serving import create_app, serve

    digest = hashlib.sha256(DEMO_CREDENTIAL.encode()).hexdigest()
    app = create_app(
        settings,
        hub,
        personas=PERSONAS,
        clients={digest: PERSONAS[0]},
        sources={digest: SourceCredential("demo", frozenset(hub.catalogue.feeds()))},
    )
    print(f"\nOpen http://{settings.host}:{port}/ and choose who you are. API: http://{settings.host}:{port}/fhir/R4/metadata", flush=True)
    serve(app, settings.host, port)
