"""`carehub identity trace`: PDS as the settings have it, asked, with what it said in words that name nobody."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice

from carehub.hub.hub import Hub
from carehub.hub.trace_numbers import Traced, replacements, trace_number, trace_record, untraced
from carehub.outside.http import OutsideClient
from carehub.outside.pds import Pds
from carehub.terms.errors import CarehubError, OutsideDown, Refused
from carehub.terms.issue_catalogue import CATALOGUE, issue
from carehub.terms.moments import iso, show_time
from carehub.terms.nhs_number import display
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings

_WORDS = {
    "found": "PDS has one record for it.",
    "superseded": "PDS has replaced the number by another one.",
    "multiple": "More than one record of PDS fits; none was taken.",
    "none": "PDS has no record for it.",
    "invalidated": "PDS has marked the number as not valid.",
}


def pds_of(settings: Settings) -> Pds:
    """PDS as the settings have it. Raises Refused PDS-014 when it is switched off, OutsideDown OUT-004 for an address that may not be called."""
    if not settings.pds_url:
        raise Refused(issue("PDS-014"))
    client = OutsideClient(settings.pds_url, hosts=settings.pds_names, plain=settings.env != "production")

    def token() -> str:
        held = settings.pds_token_file
        try:
            return held.read_text(encoding="ascii").strip() if held else settings.pds_token.get_secret_value()
        except (OSError, UnicodeDecodeError):
            raise OutsideDown(issue("PDS-004")) from None

    return Pds(client, token, settings.pds_api_key.get_secret_value(), settings.pds_organisation)


def trace(*, number: str, record: str, missing: int, as_json: bool) -> bool:
    """Ask, do the work that follows, and say what came of it; whether every question had an answer that could be used."""
    settings = Settings()
    hub = build_hub(settings)
    pds = pds_of(settings)
    try:
        asked, failed = ask(hub, pds, number=number, record=record, missing=missing)
    finally:
        pds.client.close()
        hub.drain()
    if as_json:
        lines = [{"message": t.message, "outcome": t.trace.outcome, "access": t.trace.access, "issues": t.trace.issues} for t in asked]
        print(json.dumps({"asked": lines, "failed": failed}))
    else:
        for one in asked:
            print(
                f"{_WORDS[one.trace.outcome]} Asked for {one.records} record{'' if one.records == 1 else 's'}; kept as message {one.message}."
            )
            for told in one.trace.issues:
                print(f"  {told} {CATALOGUE[told].text}")
        for told in failed:
            print(f"{told} {CATALOGUE[told].text}", file=sys.stderr)
    return not failed and all(one.trace.outcome in ("found", "superseded") for one in asked)


def ask(hub: Hub, pds: Pds, *, number: str = "", record: str = "", missing: int = 0) -> tuple[list[Traced], list[str]]:
    """The answers, and the issues of records that could not be asked for. A service that is away ends it: what was answered is kept."""
    store = hub.store
    records = store.records
    if number:
        return [trace_number(number, pds=pds, records=records, links=store.links, receive=hub.receive, now=iso(hub.clock()))], []
    # Read before the first question, because every answer changes what is missing.
    due = [record] if record else list(islice(untraced(records=records, links=store.links), missing))
    return _each(hub, pds, iter(due), alone=bool(record))


def _each(hub: Hub, pds: Pds, due: Iterator[str], *, alone: bool) -> tuple[list[Traced], list[str]]:
    asked: list[Traced] = []
    failed: list[str] = []
    for one in due:
        try:
            asked.append(trace_record(one, pds=pds, records=hub.store.records, receive=hub.receive, now=iso(hub.clock())))
        except CarehubError as error:
            if alone:
                raise
            failed += [told.number for told in error.issues]
            if isinstance(error, OutsideDown):
                break
    return asked, failed


def show_history(number: str, *, as_json: bool) -> None:
    """What PDS told of a number and of those it became or was, oldest first. Asks nobody."""
    hub = build_hub(Settings())
    told = replacements(number, records=hub.store.records, links=hub.store.links)
    if as_json:
        print(json.dumps([{"at": one.at, "number": one.number, "now": one.now, "void": one.void, "message": one.message} for one in told]))
        return
    for one in told:
        became = "is not valid" if one.void else f"is now {display(one.now)}" if one.now else "was not replaced"
        print(f"{show_time(one.at)}  {display(one.number)} {became}  (message {one.message})")
    if not told:
        print("PDS was never asked about this number.")
