"""I-08: a person's right of access. One person in five feeds, merged twice: everything that was told of them, and every access; what speaks of others
is marked; nothing of the twin (hazards of identity)."""

from __future__ import annotations

import io
import json
import re
import zipfile
from base64 import b64encode
from dataclasses import replace

import pytest

from carehub.api.subject_access import GIVE, REVIEW, files_of, zipped
from carehub.careplan.third_parties import NEAR, OTHERS_RECORD, SAFEGUARDING, UNREAD
from carehub.governance import agreements
from carehub.governance.requester import Requester
from carehub.hub.emergency_access import EmergencyAccess
from carehub.hub.held_about import HIDDEN
from carehub.hub.hub import Hub
from carehub.hub.report_match import Doubt
from carehub.hub.sharing import Sharing
from carehub.hub.stewards import Stewards
from carehub.hub.subject_access import Export, SubjectAccess
from carehub.identity.rulings import Why
from carehub.store.stored import AuditRow
from carehub.terms.errors import Missing, Refused, StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef
from hub.test_disagreements import NONE_KNOWN, hospital
from hub.toy_hub import CLOSED, NURSE, PENICILLIN, ada, submit, toy_hub

IVY = Requester("ivy", "Ivy Stone", "privacy-officer", "X99001", "Northvale Community", "HCOMPL")
SOCIAL = replace(NURSE, user="sam", name="Sam Webb", role="social-worker")
WORD = re.compile(r"QX\w+")
FEEDS = {"gp": "gp", "acute": "acute", "community": "community", "council": "local_authority", "charity": "voluntary"}


def flag(name: str, text: str, **more):
    return {"type": "Flag", "id": name, "status": "active", "code": {"text": text}, **more}


def seeded() -> tuple[Hub, str, set[str]]:
    """A hub, the person, and every word that was told of her: in each of five sources a fact, its earlier form, a fact withdrawn by a merge's other
    side, and a message that waits."""
    hub = toy_hub()
    for source, kind in FEEDS.items():
        for version in ("old", "now"):
            at = f"2026-11-{20 if version == 'now' else 19}T08:00:00.000Z"
            submit(hub, ada(source, f"{source}1", kind=kind, at=at, records=[flag("f1", f"QX{source}{version}")]))
    for number in (2, 3):
        submit(
            hub, ada("acute", f"acute{number}", kind="acute", nhs="", family="Unknown", records=[flag(f"m{number}", f"QXmerged{number}")])
        )
        submit(hub, ada("acute", "acute1", kind="acute", at=f"2026-11-2{number}T09:00:00.000Z", merge=f"acute{number}"))
    submit(hub, ada("gp", "gp1", records=[{"type": "Flag", "id": "f9", "note": "QXunread"}]))
    submit(hub, ada("gp", "twin", nhs="9990000026", given="Ida", records=[flag("t1", "ZZtwin")]))
    hub.drain()
    [person] = hub.store.links.find(nhs_number="9990000018")
    told = {f"QX{source}{version}" for source in FEEDS for version in ("old", "now")} | {"QXmerged2", "QXmerged3", "QXunread"}
    return hub, person, told


def export(hub: Hub, person: str) -> Export:
    return SubjectAccess(hub).export(IVY, person).value


def reasons(told: Export, word: str) -> set[str]:
    """Of the records that say a word."""
    return {reason for one in told.records if word.encode() in one.body for reason in one.reasons}


def test_everything_told_in_five_feeds_and_merged_twice_is_in_it_and_nothing_of_the_twin():
    hub, person, told = seeded()
    files = files_of(export(hub, person))
    assert set(WORD.findall(b"".join(files.values()).decode())) == told
    kept = [name for name in files if name.startswith(GIVE)]
    assert set(WORD.findall(b"".join(files[name] for name in kept).decode())) == told - {"QXunread"}
    for name, body in files.items():
        assert [word for word in (b"ZZtwin", b"9990000026", b"Ida") if word in body] == [], name
    assert set(WORD.findall(files[f"{GIVE}/record.html"].decode())) == told - {"QXunread"}
    [waits] = [one for one in export(hub, person).messages if one.waiting]
    assert (waits.verdict, b"QXunread" in waits.body) == ("partly_quarantined", True)


def test_every_access_is_in_it_under_each_id_that_her_records_had():
    hub = toy_hub()
    submit(
        hub, ada("gp", "g1"), ada("acute", "a1", nhs="", family="Unknown", kind="acute"), ada("gp", "twin", nhs="9990000026", given="Ida")
    )
    hub.drain()
    before = [
        hub.store.links.person_of([RecordRef(*of, "Patient").id]).popitem()[1] for of in (("gp", "g1"), ("acute", "a1"), ("gp", "twin"))
    ]
    for number in range(60):
        for one in before:
            hub.disclosing.person_record(replace(NURSE, user=f"user{number}"), one, f"page {number}")
    submit(hub, ada("gp", "g1", at="2026-11-21T08:00:00.000Z"), ada("acute", "a1", kind="acute", at="2026-11-21T09:00:00.000Z"))
    hub.drain()
    hub.disclosing.person_record(NURSE, before[0], "after")
    with pytest.raises(Refused):
        hub.disclosing.person_record(IVY, before[1], "refused")
    told = export(hub, before[0])
    looks = [json.loads(one.body) for one in told.accesses]
    views = [look["entity"][0]["detail"][0]["valueString"] for look in looks]
    assert sorted(views) == sorted([f"page {n}" for n in range(60)] * 2 + ["after", "refused", "subject access export"])
    assert set(told.ids) == set(before[:2])
    assert not any(before[2].encode() in one.body for one in told.accesses)
    assert looks[-1]["agent"][0]["who"]["display"] == "Ivy Stone"
    assert (looks[0]["recorded"], looks[0]["agent"][0]["type"]["text"]) == (min(look["recorded"] for look in looks), "district-nurse")


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (flag("f", "QXa wife"), "Its words may tell of somebody else: wife."),
        (flag("f", "QXa spoke with KAREN"), "Its words may tell of somebody else: KAREN."),
        (flag("f", "QXa", author={"reference": "RelatedPerson/x"}), NEAR),
        (flag("f", "QXa", author={"reference": "Patient/another"}), OTHERS_RECORD),
        (flag("f", "QXa child protection plan"), SAFEGUARDING),
        (flag("f", "QXa", **CLOSED), "Its source labelled it: R."),
        ({"type": "RelatedPerson", "id": "r", "name": [{"text": "QXa"}]}, NEAR),
        (
            {
                "type": "DocumentReference",
                "id": "d",
                "status": "current",
                "content": [{"attachment": {"title": "QXa", "contentType": "application/pdf", "data": b64encode(b"%PDF").decode()}}],
            },
            UNREAD,
        ),
        (
            {
                "type": "DocumentReference",
                "id": "d",
                "status": "current",
                "content": [{"attachment": {"title": "QXa", "contentType": "text/plain", "data": b64encode(b"her son rang").decode()}}],
            },
            "Its words may tell of somebody else: son.",
        ),
    ],
)
def test_what_speaks_of_others_is_kept_apart_and_says_why(record, why):
    hub = toy_hub()
    contact = {"contact": [{"name": {"family": "Okafor", "given": ["Karen"]}}]}
    submit(hub, ada("gp", records=[flag("plain", "QXplain")]), ada("council", "C", kind="local_authority", extra=contact, records=[record]))
    hub.drain()
    told = export(hub, hub.store.links.persons()[0])
    assert why in reasons(told, "QXa")
    assert reasons(told, "QXplain") == set()
    files = files_of(told)
    assert not any(b"QXa" in body for name, body in files.items() if name.startswith(GIVE))
    listed = json.loads(files["review.json"])
    assert any(why in one["reasons"] for one in listed if one["file"].startswith(REVIEW))
    assert "Patient" in {one["what"].partition("/")[0] for one in listed if NEAR in one["reasons"]}


@pytest.mark.parametrize("listed_as", ["gp", "another"])
def test_what_readers_are_not_shown_is_in_it_and_says_whom_to_ask(listed_as):
    hub = toy_hub()
    submit(hub, ada("gp", records=[flag("a", "QXgp")]), ada("charity", "C", kind="voluntary", records=[flag("b", "QXcharity")]))
    hub.drain()
    text = 'unlisted = "shown"\nrelationship = "not asked"\n'
    text += '[[organisation]]\ncode = "charity"\nname = "charity"\nkind = "voluntary"\nconnected = true\nagreement = "no"\n'
    text += f'[[organisation]]\ncode = "{listed_as}"\nname = "gp"\nkind = "gp"\nconnected = true\nagreement = "yes"\n'
    text += 'also = ["gp"]\n' if listed_as != "gp" else ""
    text += '[[organisation.clause]]\nid = "4.2"\nclasses = ["alerts"]\nroles = ["gp"]\n'
    hub.disclosing = replace(hub.disclosing, sharing=Sharing(agreements.read(text, where="x")))
    told = export(hub, hub.store.links.persons()[0])
    assert reasons(told, "QXcharity") == {
        "There is no agreement in force with charity, so readers do not see it. Ask charity before it is given."
    }
    assert "Clause 4.2 of the agreement with gp keeps it from readers. Ask gp before it is given." in reasons(told, "QXgp")
    assert all("Ask gp before it is given." in one for one in reasons(told, "QXgp"))


def test_a_record_hidden_as_a_wrong_match_is_marked_wherever_it_is():
    hub, person, _ = seeded()
    record = RecordRef("council", "council1", "Patient").id
    Stewards(hub).report(NURSE, Doubt(person, record, Why.OTHER_PERSON, "He is somebody else, I think", hide=True))
    told = export(hub, person)
    assert HIDDEN in reasons(told, "QXcouncilnow")
    given = [body for name, body in files_of(told).items() if name.startswith(GIVE)]
    assert not any(b"QXcouncil" in body or b"somebody else" in body for body in given)
    assert any(one.kind == "report of a wrong match" for one in told.statements)


def test_what_the_hub_says_itself_is_in_it_with_emergency_access_and_its_reason():
    hub = toy_hub()
    submit(hub, ada(records=[PENICILLIN]), hospital(NONE_KNOWN))
    hub.drain()
    person = hub.store.links.persons()[0]
    EmergencyAccess(hub).ask(SOCIAL, person, "treating", "She fell and could not say what she takes")
    told = export(hub, person)
    kinds = [one.kind for one in told.statements]
    assert (kinds.count("why a record is theirs"), "disagreement" in kinds) == (2, True)
    [access] = [json.loads(one.body) for one in told.statements if one.kind == "emergency access"]
    assert (access["by"], access["reason"]) == ("Sam Webb", "She fell and could not say what she takes")
    joined = json.loads(next(one.body for one in told.statements if one.kind == "why a record is theirs" and b"acute" in one.body))
    assert (bool(joined["because"]), joined["turns"][0]["by"]) == (True, "automatic")


def test_it_is_refused_unknown_or_not_written_down_before_anything_is_read(monkeypatch):
    hub, person, _ = seeded()
    for asks in (NURSE, replace(IVY, purpose="TREAT"), replace(IVY, organisation="")):
        with pytest.raises(Refused):
            SubjectAccess(hub).export(asks, person)
    with pytest.raises(Missing):
        export(hub, "nobody")
    assert [json.loads(row.event)["outcome"] for row in hub.store.audit.about(person, 3)] == ["4", "4", "4"]

    def no_room(rows: list[AuditRow]) -> None:
        raise StoreBusy(issue("STORE-007"))

    monkeypatch.setattr(hub.store.audit, "append", no_room)
    monkeypatch.setattr(hub.store.records, "of_patients", lambda *_: pytest.fail("read"))
    with pytest.raises(StoreBusy):
        export(hub, person)


def test_the_zip_is_whole_and_the_same_of_the_same():
    hub, person, _ = seeded()
    told = export(hub, person)
    made = zipped(told)
    assert zipped(told) == made
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        assert {name.partition("/")[0] for name in archive.namelist()} == {"read-me-first.txt", "review.json", GIVE, REVIEW}
        for name in archive.namelist():
            for line in archive.read(name).splitlines() if name.endswith("ndjson") else ():
                assert json.loads(line)["resourceType"]
