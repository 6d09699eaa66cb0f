"""`carehub demo`: twenty invented people from all five sectors, their merged records on a page and through the API."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import tempfile
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from carehub.api.requester import SourceCredential
from carehub.feeds.message import Submission
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer
from carehub.terms.errors import CarehubError, Overtaken
from carehub.terms.moments import LONDON, iso
from carehub.terms.refs import RecordRef
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.ingesting import Ingested, ingest_files
from carehub.wiring.loading import shipped_caseload, shipped_cast
from carehub.wiring.settings import Settings, UnsafeSettings

_FILE = re.compile(r"^\d+-([a-z_]+)(?:\.([a-z0-9-]+))?\.[a-z0-9]+$")
_DAY = re.compile(rb"\{\{(-\d{1,4})((?: %Y%m%d)?)\}\}")
# How long ago the council of the cast last sent anything, so that a reader of the demonstration meets a source that is late.
_COUNCIL_AGO = timedelta(days=10)

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
    Requester("ivy.stone", "Ivy Stone", "privacy-officer", "X99001", "Northvale Community", "HCOMPL"),
    Requester("sol.mensah", "Sol Mensah", "privacy-officer", "X99002", "Elmfield Surgery", "HCOMPL"),
    Requester("kit.brook", "Kit Brook", "integration-engineer", "X99001", "Northvale Community", "HOPERAT"),
]


def cast_files(folder: Path) -> list[tuple[str, Path, str]]:
    """(feed, file, delivery key) of every message file of a folder of people, in order of folder and number: `<nn>-<adapter>.<ext>`, of its first feed, or
    `<nn>-<adapter>.<feed>.<ext>`."""
    files, kind = [], folder.name.removeprefix("_")
    for path in sorted(folder.glob("*/*")):
        match = _FILE.match(path.name)
        if match:
            files.append(("/".join(filter(None, match.groups())), path, f"{kind}/{path.parent.name}/{path.name}"))
    return files


def demo_settings(folder: Path) -> Settings:
    """Settings of a hub for the cast in a folder of its own, with the cast's sharing agreements and its names of senders."""
    cast = shipped_cast()
    return Settings(
        env="demo", var=folder, database_url="", redis_url="", agreements=cast / "agreements.toml", overlay=cast / "overlay.toml"
    )


def load_cast(hub: Hub, *, quiet: bool) -> Ingested:
    """Every file of the cast, the council's as received some days ago; what was delivered before stays as it was."""
    files = [(hub.catalogue.full_name(feed), path, key) for feed, path, key in cast_files(shipped_cast())]
    at = iso(hub.clock() - _COUNCIL_AGO)
    hub.receive([Submission(f, p.read_bytes(), at, "cli", delivery_key=key) for f, p, key in files if f.startswith("local_authority/")])
    new = not hub.store.links.persons()
    done = ingest_files(hub, files, quiet=quiet)
    if new:
        _answer_as_stewards(hub)
    return done


def load_caseload(hub: Hub) -> None:
    """The people whom teams meet about, with dates as many days before today as their files say; what was delivered on an earlier day stays as it was.

    Raises StoreBusy.
    """
    today = hub.clock().astimezone(LONDON).date()
    files = [(hub.catalogue.full_name(feed), path, key) for feed, path, key in cast_files(shipped_caseload())]
    at = {feed: iso(hub.clock() - (_COUNCIL_AGO if feed.startswith("local_authority/") else timedelta(0))) for feed, _, _ in files}
    told = [Submission(feed, dated(path.read_bytes(), today), at[feed], "cli", delivery_key=key) for feed, path, key in files]
    for result in hub.receive_each(told):
        if isinstance(result, CarehubError) and not isinstance(result, Overtaken):
            raise result
    hub.drain()


def dated(body: bytes, today: date) -> bytes:
    """A message file with its days written out: `{{-12}}` is twelve days before today as YYYY-MM-DD, `{{-12 %Y%m%d}}` in the form that is named."""

    def day(found: re.Match[bytes]) -> bytes:
        form = (found[2] or b" %Y-%m-%d").decode().strip()
        return (today + timedelta(days=int(found[1]))).strftime(form).encode()

    return _DAY.sub(day, body)


def _answer_as_stewards(hub: Hub) -> None:
    """What the stewards of the cast have said already: the national data set has no names, so a person must look before its rows are shown."""
    desk, people = Stewards(hub), {persona.user: persona for persona in PERSONAS}
    for row in csv.DictReader((shipped_cast() / "answers.csv").read_text(encoding="utf-8").splitlines()):
        asked = RecordRef(row["organisation"], row["patient"], "Patient").id
        for review in sorted(hub.store.links.reviews([asked]), key=lambda review: (review.a, review.b))[:1]:
            desk.rule(people[row["steward"]], Given(Answer(row["answer"]), review.a, review.b, row["reason"]))
    hub.drain()


def run_demo(*, once: bool, as_json: bool, port: int | None) -> None:
    """Load the cast and serve it; with once, load it into a store of its own, print the figures and end."""
    started = time.perf_counter()
    if Settings().env == "production":
        raise UnsafeSettings("the demonstration lets anybody sign in, so it does not run where CAREHUB_ENV is production")
    folder = Path(tempfile.mkdtemp(prefix="carehub-demo-")) if once else Settings().var / "demo"
    try:
        settings = demo_settings(folder)
        hub = build_hub(settings, role="" if once else "demo")
        done = load_cast(hub, quiet=as_json)
        load_caseload(hub)
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
