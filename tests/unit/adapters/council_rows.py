"""Rows of Client Level Data about invented people, for the tests of the council's adapter."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.resource import Resource
from carehub.wiring.loading import load_adapter
from unit.adapters.remembering import remembering

FOLDER = Path(__file__).resolve().parents[3] / "adapters" / "local_authority"
ADAPTER = load_adapter(FOLDER)
REMEMBERING = remembering(ADAPTER)
COLUMNS = [row["path"] for row in csv.DictReader((FOLDER / "fields.csv").read_text(encoding="utf-8").splitlines())][:50]

PERSON = {
    "LA_Code": "503",
    "Reporting_Period_Start_Date": "2025-04-01",
    "Reporting_Period_End_Date": "2026-03-31",
    "LA_Person_Unique_Identifier": "ASC1",
    "First_Name": "Winifred",
    "Last_Name": "Oakapple",
    "Gender": "Female",
    "Date_of_Birth": "1938-05-14",
    "Client_Type": "Service user",
    "Postcode": "ZX4 7QP",
}
SERVICE = PERSON | {
    "Event_Type": "Service",
    "Event_Start_Date": "2025-06-25",
    "Service_Type": "Long term support: Community",
    "Service_Component": "Home support or domiciliary care",
    "Provider_CQC_Location_ID": "1-9990000001",
}
REQUEST = PERSON | {
    "Event_Type": "Request",
    "Event_Start_Date": "2025-06-02",
    "Event_End_Date": "2025-06-05",
    "Event_Outcome": "NFA: Deceased",
    "Request_Route_of_Access": "Discharge from Hospital",
}
CARER = PERSON | {
    "LA_Person_Unique_Identifier": "ASC2",
    "First_Name": "Bertram",
    "Client_Type": "Unpaid carer",
    "Event_Type": "Assessment",
    "Event_Start_Date": "2025-06-06",
    "Event_End_Date": "2025-06-20",
    "Assessment_Type": "Long term assessment",
    "Adult_1_Linked_Person_ID": "ASC1",
}


def table(*rows: dict[str, str], encoding: str = "utf-8") -> bytes:
    """A submission of these rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([row.get(column, "") for column in COLUMNS] for row in rows)
    return out.getvalue().encode(encoding)


def told(body: bytes, feed: str = "client-level-data") -> Mapped:
    """One message, mapped."""
    return ADAPTER.map_message(Message("m", 1, "s", 0, f"local_authority/{feed}", "2026-11-22T06:10:00.000Z", body))


def mapped(row: dict[str, str] | None = None, **changes: str) -> Mapped:
    """One row, by default of a service, with these cells changed."""
    return told(table((row or SERVICE) | changes))


def parts(*rows: dict[str, str]) -> list[bytes]:
    return list(ADAPTER.split(table(*rows)))


def only(result: Mapped, type: str) -> Resource:
    """The one resource of this type."""
    found = [record.resource for record in result.records if record.ref.type == type]
    assert len(found) == 1, [record.ref.type for record in result.records]
    return found[0]


def name(result: Mapped, type: str) -> Any:
    """The RecordRef of the one record of this type."""
    return next(record.ref for record in result.records if record.ref.type == type)


def noted(result: Mapped) -> set[tuple[str, str]]:
    return {(found.number, found.at) for found in result.issues}
