"""The obvious stack, as a baseline: parse with `hl7` or json, build and dump `fhir.resources` models, one durable commit a message.

It does what a straightforward first build would: store the raw message, one row a resource, index rows, match on NHS number then on birth
date and family name. Same tables in shape, same durability (SQLite WAL, synchronous FULL).
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from uuid import uuid4

import hl7
import obvious_adt
from fhir.resources.R4B import get_fhir_model_class


class ObviousStore:
    """Four tables in one SQLite file."""

    def __init__(self, folder: Path) -> None:
        self.db = sqlite3.connect(folder / "obvious.db", isolation_level=None)
        self.db.executescript(
            """pragma journal_mode=wal; pragma synchronous=full;
            create table inbox(id text primary key, body blob);
            create table resource(type text, id text, version int, patient text, body text, primary key(type, id));
            create table idx(param text, value text, id text); create index idx_v on idx(param, value);
            create table person(id text primary key, nhs text, born text, family text); create index person_nhs on person(nhs);"""
        )

    def close(self) -> None:
        self.db.close()

    def put(self, message: bytes, patient: dict[str, str], resources: list[tuple[str, str, str]]) -> None:
        """One message in one transaction: raw bytes, match, resources, index rows."""
        self.db.execute("begin immediate")
        self.db.execute("insert or ignore into inbox values(?, ?)", (str(uuid4()), message))
        found = self.db.execute("select id from person where nhs = ?", (patient["nhs"],)).fetchone()
        found = (
            found or self.db.execute("select id from person where born = ? and family = ?", (patient["born"], patient["family"])).fetchone()
        )
        person = found[0] if found else str(uuid4())
        if not found:
            self.db.execute("insert into person values(?, ?, ?, ?)", (person, patient["nhs"], patient["born"], patient["family"]))
        for type_, id_, body in resources:
            before = self.db.execute("select version from resource where type = ? and id = ?", (type_, id_)).fetchone()
            version = before[0] + 1 if before else 1
            self.db.execute("insert or replace into resource values(?, ?, ?, ?, ?)", (type_, id_, version, person, body))
            self.db.executemany("insert into idx values(?, ?, ?)", [("_id", id_, id_), ("patient", person, id_), ("type", type_, id_)])
        self.db.execute("commit")


def modelled(resource: dict[str, object]) -> str:
    """A resource through fhir.resources: validated, then dumped."""
    model = get_fhir_model_class(str(resource["resourceType"]))
    return model.model_validate(resource).model_dump_json()


def validated(body: bytes) -> object:
    """A stored resource parsed by fhir.resources: json, then its model."""
    resource = json.loads(body)
    return get_fhir_model_class(str(resource["resourceType"])).model_validate(resource)


def take_adt(message: bytes, store: ObviousStore) -> None:
    """One ADT through the obvious stack: parsed, mapped, validated and dumped, stored."""
    parsed = hl7.parse(message.decode())
    resources = obvious_adt.mapped(parsed)
    pid = parsed.segment("PID")
    patient = {"nhs": str(pid[3][1][0]), "born": str(pid[7]), "family": str(pid[5][0][0])}
    store.put(message, patient, [(str(r["resourceType"]), str(r["id"]), modelled(r)) for r in resources])


def take_bundle(resources: list[dict[str, object]], raw: bytes, store: ObviousStore) -> None:
    """R4 resources of one bundle through the obvious stack: parse, validate, dump, one commit."""
    parsed = json.loads(raw)
    if len(parsed["entry"]) < 1:
        raise ValueError("an empty bundle measures nothing")
    store.put(
        raw,
        {"nhs": str(uuid4()), "born": "", "family": ""},
        [(str(r["resourceType"]), str(r["id"]), modelled(r)) for r in resources],
    )
