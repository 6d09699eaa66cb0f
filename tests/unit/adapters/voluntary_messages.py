"""The voluntary adapter and short ways to speak to it: rows of a referral list, services, pages and reads of a directory."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import dumps
from carehub.fhir.resource import Resource
from carehub.kit.cases import message
from carehub.kit.golden import outcome
from carehub.terms.errors import Rejected
from carehub.wiring.loading import load_adapter

FOLDER = Path(__file__).resolve().parents[3] / "adapters" / "voluntary"
ADAPTER = load_adapter(FOLDER)
SHARED = FOLDER.parents[2] / "shared" / "data"

ROW = {
    "Organisation": "X99VA",
    "Referral_ID": "SP-1",
    "Updated": "2026-04-14T09:30",
    "Status": "accepted",
    "NHS_Number": "9992001011",
    "Name": "Adeyemi, Josephine",
    "Date_of_Birth": "1948-02-11",
    "What_Matters": "Company",
    "Notes": "Lives alone.",
}


def table(*rows: dict[str, str], **first: str) -> bytes:
    """A referral list with these rows, each over ROW; or with one, over ROW."""
    told = [{**ROW, **row} for row in rows] or [{**ROW, **first}]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(told[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(told)
    return out.getvalue().encode()


def parts(submission: bytes) -> list[bytes]:
    return list(ADAPTER.split(submission))


def give(body: bytes) -> Mapped | Rejected:
    return outcome(ADAPTER, message(ADAPTER.manifest, body))


def told(submission: bytes) -> Mapped:
    """What the only part of a submission tells."""
    [only] = parts(submission)
    result = give(only)
    assert isinstance(result, Mapped), result
    return result


def refused(submission: bytes) -> list[tuple[str, str]]:
    """Number and place of each reason for which the only part of a submission is refused."""
    [only] = parts(submission)
    result = give(only)
    assert isinstance(result, Rejected)
    return [(issue.number, issue.at) for issue in result.issues]


def of_type(mapped: Mapped, type: str) -> Resource:
    [found] = [record.resource for record in mapped.records if record.ref.type == type]
    return found


def changes(mapped: Mapped) -> dict[str, str]:
    return {record.ref.type: record.change for record in mapped.records}


def numbers(mapped: Mapped) -> set[tuple[str, str]]:
    return {(issue.number, issue.at) for issue in mapped.issues}


def uuid(n: int) -> str:
    return f"{n:08d}-0000-4000-8000-000000000000"


def a_service(n: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": uuid(n), "name": f"Service {n}", "status": "active", "last_modified": "2026-04-01T09:00:00Z", **more}


def page(*services: Any, number: int = 1, of: int = 1, total: int | None = None) -> dict[str, Any]:
    total = len(services) if total is None else total
    return {"total_items": total, "total_pages": of, "page_number": number, "last_page": False, "contents": list(services)}


def read(*reads: list[dict[str, Any]], at: str = "2026-04-05T06:00:00Z", code: str = "X99DR") -> bytes:
    return dumps({"carehub": "directory read", "directory": {"code": code, "name": "Northvale"}, "readAt": at, "reads": list(reads)})
