"""All that the hub holds about a person as one ZIP: what may be given as it is, and apart from it what somebody must look at first."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.requester import Credentials
from carehub.api.subject_access_page import page_of
from carehub.fhir.canonical import loads, pretty
from carehub.hub.held_about import Item, Line, Received
from carehub.hub.hub import Hub
from carehub.hub.subject_access import Export, SubjectAccess
from carehub.terms.moments import show_time

GIVE, REVIEW = "for-the-person", "to-be-reviewed"
_WHEN = (1980, 1, 1, 0, 0, 0)


def subject_access_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """The one route. It decides, and is written down as a look at the person before anything is read."""
    router = APIRouter(prefix="/governance", tags=["governance"])

    def export(request: Request, person: str) -> Response:
        """Everything held about a person (UK GDPR Article 15) as a ZIP: see docs/governance.md."""
        told = SubjectAccess(hub).export(credentials.requester(request), person).value
        headers = {"Content-Disposition": 'attachment; filename="subject-access.zip"', "Cache-Control": "no-store"}
        return Response(zipped(told), media_type="application/zip", headers=headers)

    router.add_api_route("/people/{person}/subject-access", export, methods=["GET"], response_class=Response)
    return router


def zipped(export: Export) -> bytes:
    """The ZIP. The same export gives the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files_of(export).items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(entry, body)
    return made.getvalue()


def files_of(export: Export) -> Mapping[str, bytes]:
    """Name to content. Nothing that has a reason to be looked at stands in the folder for the person, and every such thing is in review.json."""
    files: dict[str, bytes] = {}
    for folder in (GIVE, REVIEW):
        first = folder == REVIEW
        records, lines = _those(export.records, first), _those(export.lines, first)
        said, looks = _those(export.statements, first), _those(export.accesses, first)
        files |= {
            f"{folder}/record.html": page_of(export, records, lines, said, looks, first=first).encode(),
            f"{folder}/records.ndjson": _lines(one.body for one in records),
            f"{folder}/hub.json": pretty([_told(one) for one in said]).encode(),
            f"{folder}/accesses.ndjson": _lines(one.body for one in looks),
        }
    files |= {f"{REVIEW}/messages/{one.id}": one.body for one in export.messages}
    files[f"{GIVE}/messages.json"] = pretty([_message(one) for one in export.messages]).encode()
    files["review.json"] = pretty([*_to_review(export)]).encode()
    return {"read-me-first.txt": _read_me(export).encode(), **files}


def _those(items: Iterable[Any], first: bool) -> list[Any]:
    return [one for one in items if bool(one.reasons) is first]


def _lines(bodies: Iterable[bytes]) -> bytes:
    return b"".join(b"%b\n" % body for body in bodies)


def _told(one: Item) -> dict[str, Any]:
    return {"what": one.kind, "id": one.id, "at": one.at, "said": loads(one.body)}


def _message(one: Received) -> dict[str, Any]:
    told = {"id": one.id, "feed": one.feed, "kind": one.kind, "received": one.received, "became": one.verdict}
    return {**told, "waits_in_quarantine_for": one.waiting}


def _to_review(export: Export) -> Iterator[dict[str, Any]]:
    for file, items in (("records.ndjson", export.records), ("hub.json", export.statements), ("accesses.ndjson", export.accesses)):
        for one in _those(items, True):
            version = {"version": one.version} if one.version else {}
            yield {"file": f"{REVIEW}/{file}", "what": f"{one.kind}/{one.id}", **version, "source": one.source, "reasons": one.reasons}
    line: Line
    for line in _those(export.lines, True):
        told = {"what": f"{line.section}: {line.title}", "records": line.records, "source": ", ".join(line.sources)}
        yield {"file": f"{REVIEW}/record.html", **told, "reasons": line.reasons}
    for message in export.messages:
        yield {"file": f"{REVIEW}/messages/{message.id}", "what": "message", "source": message.feed, "reasons": message.reasons}


def _read_me(export: Export) -> str:
    waits = sum(bool(one.waiting) for one in export.messages)
    return "\n".join(
        (
            f"All that carehub holds about one person, on {show_time(export.at)}, for {export.by.name or export.by.user}.",
            "",
            "This is for whoever answers the request, not yet for the person.",
            "",
            f"{GIVE}/  what nothing was found in that speaks of others. record.html is to be read; the other files hold the same as data.",
            f"{REVIEW}/  what somebody must look at first. review.json says of each thing why.",
            "",
            f"Versions of records: {len(export.records)}, of which {sum(one.current for one in export.records)} stand now.",
            f"Statements of carehub itself: {len(export.statements)}.",
            f"Looks and refusals, this one included: {len(export.accesses)}.",
            f"Messages as they were received: {len(export.messages)}, of which {waits} wait in quarantine, whole or in part.",
            f"Things to be looked at first: {sum(bool(one.reasons) for one in export.all)}.",
            f"Ids that carehub had for the person: {', '.join(export.ids)}.",
            "",
            "Before anything is given:",
            "- Be sure that whoever asks is the person, or may ask for them.",
            "- A health or social care professional says whether any of it would cause serious harm (Data Protection Act 2018, Schedule 3).",
            "- Look at each thing in review.json: leave out or cover what is about somebody else, unless they agree or it is fair to tell it.",
            "- Nothing in for-the-person was read by a human. Its words were searched for others; what no word gives away was not found.",
            "",
            "Not in here:",
            f"- {export.waiting} messages of the whole hub wait in quarantine because they cannot be read. Of those about the person that say so, each",
            "  is above; one that does not say whose it is may be about anybody.",
            "- A search that listed the person among others is not written down under the person.",
            "- What systems were told of everybody on a caseload is not written down by person.",
            "- Backups hold copies of the same.",
            "",
        )
    )
