"""S-15: what a record says, its names and its numbers leave by the answer alone. None of it is in a log, whatever is asked and whatever fails."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from carehub.api.app import create_api
from carehub.api.requester import Credentials, SourceCredential
from carehub.store.sql.engines import postgresql_engines, sqlite_engines
from doors.api.asking import about, request_of
from doors.api.canaries import WORD, canary_hub, client, table
from doors.api.conftest import digest
from doors.api.direct import Direct

SAID = ("Okafor", "99900", "1944-05-01", "ZX10")


def told(log: pytest.LogCaptureFixture) -> str:
    """Everything that was logged, at any level, with the traces of errors."""
    shape = logging.Formatter("%(name)s %(message)s")
    return "\n".join(map(shape.format, log.records))


def test_no_log_says_a_word_of_a_record_whatever_is_asked_and_whatever_fails(caplog) -> None:
    caplog.set_level(logging.DEBUG)
    held = canary_hub()
    sources = {digest("source"): SourceCredential("src", frozenset({"toy/feed"}))}
    app = create_api(held.hub, Credentials(sources, {digest("gp"): client("gp")}), max_body_bytes=10_000)
    api, whom = Direct(app), about(held.hub, held.people["plain"], held.numbers["plain"])
    statuses = set()
    for broken in (False, True):
        if broken:
            held.hub.store.plans.get = held.hub.store.records.current = held.hub.store.links.links_of = _fails  # type: ignore[method-assign]
        for n, row in enumerate(table("routes")):
            method, address, more = request_of(f"{row['method']} {row['path']}", whom, n)
            for token in ("source" if row["asks"] == "source" else "gp", "unknown"):
                headers = {**more.get("headers", {}), "Authorization": f"Bearer {token}", "X-Request-ID": f"r{n}"}
                statuses.add(api.request(method, address, **{**more, "headers": headers}).status_code)
    api.close()
    assert {200, 201, 401, 403, 500} <= statuses
    said = told(caplog)
    assert "request r5 failed (API-008): KeyError at test_words_stay_in.py" in said
    assert (WORD.findall(said), [one for one in SAID if one in said]) == ([], [])


def _fails(*_: object, **__: object) -> None:
    raise KeyError("QXplain1Flag-alerts", "Okafor", "9990000018")


def test_an_error_of_the_database_does_not_say_what_was_asked_for(tmp_path) -> None:
    writing, reading = sqlite_engines(make_url(f"sqlite:///{tmp_path / 'carehub.db'}"), "record")
    for engine in (writing, reading):
        with engine.connect() as connection, pytest.raises(OperationalError) as caught:
            connection.execute(text("SELECT :number FROM nowhere"), {"number": "9990000018"})
        assert "99900" not in str(caught.value)
        engine.dispose()
    assert all(engine.hide_parameters for engine in postgresql_engines(make_url("postgresql+psycopg://nobody@127.0.0.1:1/none")))
