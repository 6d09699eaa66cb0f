"""Invented community submissions for tests: vaccination rows, months of the national data set, end of life documents."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message
from carehub.fhir.resource import Resource
from carehub.terms.errors import Rejected
from carehub.wiring.loading import load_adapter

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "adapters" / "community" / "cases"
SAMPLES = ROOT.parent / "shared" / "data" / "feeds" / "community"
ADAPTER = load_adapter(ROOT / "adapters" / "community")

MPI = {"LocalPatientId": "C-1", "NHSNumber": "9990001014", "NHSNumberStatus": "01", "PersonBirthDate": "1934-02-09", "Gender": "2"}
REFERRAL = {"ServiceRequestId": "R-1", "LocalPatientId": "C-1", "ReferralRequestReceivedDate": "2026-09-03"}
CONTACT = {
    "CareContactId": "K-1",
    "ServiceRequestId": "R-1",
    "CareContDate": "2026-09-10",
    "CareContTime": "14:05:00",
    "ConsMechanism": "01",
    "AttendStatus": "5",
}
ACTIVITY = {"CareActId": "A-1", "CareContactId": "K-1", "ObsSchemeInUse": "03", "CodedObservation": "75367002", "ObsValue": "142"}
TABLES = {"CYP001": [MPI], "CYP101": [REFERRAL], "CYP201": [CONTACT], "CYP202": [ACTIVITY]}


def header(month: str = "2026-09", made: str = "2026-10-14T08:30:00", **more: str) -> dict[str, str]:
    told = {"OrgIDProv": "X99C7", "RPStartDate": f"{month}-01", "RPEndDate": f"{month}-28", "DateTimeDatSetCreate": made}
    return told | more


def month_xml(tables: dict[str, list[dict[str, str]]], head: dict[str, str] | None = None) -> bytes:
    """A whole submission, rows flat."""
    lines = ['<CSDS xmlns="urn:example:csds">']
    for table, rows in {"CYP000": [head or header()], **tables}.items():
        for row in rows:
            lines.append(f"<{table}>" + "".join(f"<{name}>{value}</{name}>" for name, value in row.items()) + f"</{table}>")
    return "\n".join([*lines, "</CSDS>"]).encode()


def month_zip(tables: dict[str, list[dict[str, str]]], head: dict[str, str] | None = None) -> bytes:
    """The same as an archive with one CSV for each table; a table without rows has a header line only."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for table, rows in {"CYP000": [head or header()], **tables}.items():
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]) if rows else ["LocalPatientId"], lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)
            archive.writestr(f"{table}Table.csv", text.getvalue())
    return made.getvalue()


def give(body: bytes, feed: str) -> Mapped:
    return ADAPTER.map_message(Message("m", 1, "s", 0, f"community/{feed}", "2026-11-22T06:10:00.000Z", body))


def result(body: bytes, feed: str) -> Mapped | Rejected:
    try:
        return give(body, feed)
    except Rejected as refused:
        return refused


def told_of(body: bytes, feed: str = "csds") -> list[Mapped | Rejected]:
    """A submission split and mapped."""
    return [result(part, feed) for part in ADAPTER.split(body)]


def of_type(mapped: Mapped, kind: str) -> list[Resource]:
    return [record.resource for record in mapped.records if record.ref.type == kind]


def one(mapped: Mapped, kind: str) -> Resource:
    (found,) = of_type(mapped, kind)
    return found


def record(mapped: Mapped, kind: str) -> MappedRecord:
    (found,) = (r for r in mapped.records if r.ref.type == kind)
    return found


def numbers(mapped: Mapped | Rejected) -> set[str]:
    return {found.number for found in mapped.issues}


def case(slug: str) -> bytes:
    (path,) = (CASES / slug).glob("message.*")
    return path.read_bytes()


def vaccination(**over: str) -> bytes:
    """The case vaccination-new with some cells changed."""
    head, row = case("vaccination-new").split(b"\r\n")
    names = head.decode().split("|")
    cells = dict(zip(names, (cell.strip('"') for cell in row.decode().split("|")), strict=True)) | over
    return head + b"\r\n" + "|".join(f'"{value}"' for value in cells.values()).encode()


def all_words(value: Any) -> str:
    """Every text in a value, joined."""
    if isinstance(value, dict):
        return " ".join(all_words(part) for part in value.values())
    if isinstance(value, list):
        return " ".join(all_words(part) for part in value)
    return str(value)
