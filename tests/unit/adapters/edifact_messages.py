"""Short ways to write an EDIFACT report and read what became of it. Every person, place and number here is invented."""

from __future__ import annotations

from typing import Any

from carehub.feeds.mapped import Mapped
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.references import find
from carehub.fhir.resource import Resource
from carehub.fhir.ukcore import must_haves
from unit.adapters.acute_messages import message, module

UNB = "UNB+UNOC:3+990000000000001:80+990000000000002:80+261122:0610+77++MEDRPT++1"
PARTIES = (
    "S01+01",
    "NAD+PO+G9900001:900++DR R OKONKWO",
    "SPR+PRO",
    "S01+01",
    "NAD+PO+X99A01:901++Northvale Surgery",
    "SPR+ORG",
    "S01+01",
    "NAD+MR+X99A01:901",
    "SPR+ORG",
    "S01+01",
    "NAD+SLA+++Haematology",
    "SPR+DPT",
    "S01+01",
    "NAD+SLA+X99L1:903++NORTHVALE PATHOLOGY",
    "SPR+ORG",
)
HEAD = ("S02+02", "GIS+N", "RFF+SRI:26/H000017", "STS++UN", "DTM+ISR:202611220550:203")
PLACE = ("S06+06", "RFF+SSI:NV40017", "ADR++US:7 EXAMPLE ROW:NORTHVALE:::+TESTTOWN+ZX1 1AA")
WHO = ("S07+07", "PNA+PAT+9993000019:OPI+++SU:OKAFOR+FO:ADA+MI:GRACE+TI:MRS", "DTM+329:19441103:102", "PDI+2")
ASKED = ("S10+10", "CIN+UN", "FTX+CID+++TIRED ALL THE TIME")
BLOOD = (
    "S16+16",
    "SEQ++1",
    "SPC+TSP+:::VENOUS BLOOD",
    "RFF+STI:H000017A",
    "DTM+SCO:202611211030:203",
    "DTM+SRI:202611211400:203",
)
FERRITIN = ("GIS+N", "INV+MQ+42R4.:911::Serum ferritin", "RSL+NV+11++:::ug/L+LO", "RFF+ASL:1", "S20+20", "RND+U+15+300")
GROUP = (
    *("GIS+N", "INV+MQ+424..:911::Full blood count - FBC", "SEQ++1", "RFF+ASL:1"),
    *("GIS+N", "INV+MQ+423..:911::Haemoglobin estimation", "RSL+NV+98++:::g/L+LO", "RFF+ARL:1", "S20+20", "RND+U+115+165"),
    *("GIS+N", "INV+MQ+42P..:911::Platelet count", "RSL+NV+250++:::10*9/L", "RFF+ARL:1"),
)


def report(
    *results: str,
    who: tuple[str, ...] = WHO,
    place: tuple[str, ...] = PLACE,
    parties: tuple[str, ...] = PARTIES,
    head: tuple[str, ...] = HEAD,
    asked: tuple[str, ...] = ASKED,
    specimens: tuple[str, ...] = BLOOD,
    kind: str = "MEDRPT:0:1:RT:NHS003",
    made: str = "202611220600",
    number: str = "1",
) -> list[str]:
    """The segments of one message, UNH to UNT."""
    body = [
        f"UNH+{number}+{kind}",
        "BGM+LSR",
        f"DTM+137:{made}:203",
        *parties,
        *head,
        *place,
        *who,
        *asked,
        *specimens,
        *(results or FERRITIN),
    ]
    return [*body, f"UNT+{len(body) + 1}+{number}"]


def interchange(*messages: list[str], unb: str = UNB, una: str = "UNA:+.? '", trailer: str = "") -> bytes:
    """One interchange of these messages. trailer: in place of the right UNZ."""
    segments = [unb, *(segment for one in messages for segment in one), trailer or f"UNZ+{len(messages)}+{unb.split('+')[5]}"]
    return ((f"{una}\r\n" if una else "") + "".join(f"{segment}'\r\n" for segment in segments)).encode()


def mapped(*results: str, **parts: Any) -> Mapped:
    """What the adapter makes of one report."""
    return told(interchange(report(*results, **parts)))


def told(body: bytes) -> Mapped:
    """What the adapter makes of the bytes of one message."""
    result: Mapped = module("edifact").map_message(message(body))
    return result


def of_type(result: Mapped, kind: str) -> list[Resource]:
    return [record.resource for record in result.records if record.ref.type == kind]


def one(result: Mapped, kind: str) -> Resource:
    found = of_type(result, kind)
    assert len(found) == 1, [record.ref for record in result.records]
    return found[0]


def numbers(result: Mapped) -> dict[str, str]:
    """The issues by number, with the place of the last of each."""
    return {issue.number: issue.at for issue in result.issues}


def valid(result: Mapped) -> Mapped:
    """The result, its records held against R4 and UK Core and its references against its records."""
    known = {record.ref.reference for record in result.records}
    assert len(known) == len(result.records)
    for record in result.records:
        assert not [*check(record.resource), *must_haves(record.resource)], record.ref
        assert not explain(record.resource), record.ref
        assert {reference for _, reference in find(record.resource)} <= known, record.ref
    return result
