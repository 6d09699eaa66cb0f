"""A MESH inbox: a data file is whole once its control file is there, and the MESH message id makes a delivery the same one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carehub.intake.mesh_control import read_control
from carehub.terms.errors import Unreadable
from doors.intake.dropping import Dropped, control, line


@pytest.fixture
def inbox(tmp_path: Path) -> Dropped:
    return Dropped(tmp_path, mesh=True)


def test_a_pair_is_stored_once_both_are_there(inbox: Dropped) -> None:
    inbox.drop("0001.dat", line())
    assert inbox.settle().stored == 0
    inbox.drop("0001.ctl", control())
    assert inbox.settle().stored == 1
    assert inbox.names == []
    assert inbox.moved("processed") == ["0001.ctl", "0001.dat"]
    assert inbox.bodies == [line()]


def test_a_control_file_alone_waits_for_its_message(inbox: Dropped) -> None:
    inbox.drop("0001.ctl", control())
    assert inbox.settle().unsettled == 1
    assert inbox.names == ["0001.ctl"]
    inbox.drop("0001.dat", line())
    assert inbox.settle().stored == 1


def test_a_control_file_may_be_json_with_the_names_of_the_api(inbox: Dropped) -> None:
    inbox.drop("0001.dat", line())
    inbox.drop("0001.json", json.dumps({"mex-messageid": "M1", "mex-from": "X99MB001", "mex-workflowid": "W", "mex-subject": "x"}).encode())
    assert inbox.settle().stored == 1
    assert inbox.bodies == [line()]


def test_the_same_message_fetched_again_under_another_name_is_not_stored_twice(inbox: Dropped) -> None:
    for stem in ("0001", "0002"):
        inbox.drop(f"{stem}.dat", line())
        inbox.drop(f"{stem}.ctl", control(id="same"))
        assert inbox.settle().stored == 1
    assert len(inbox.bodies) == 1


def test_one_message_id_of_two_mailboxes_is_two_messages(inbox: Dropped) -> None:
    for stem, sender in (("0001", "X99MB001"), ("0002", "X99MB002")):
        inbox.drop(f"{stem}.dat", line())
        inbox.drop(f"{stem}.ctl", control(id="same", sender=sender))
    assert inbox.settle().stored == 2
    assert len(inbox.bodies) == 2


def test_only_workflows_asked_for_are_taken_and_others_untouched(tmp_path: Path) -> None:
    inbox = Dropped(tmp_path, mesh=True, workflows=frozenset({"MINE"}))
    for stem, workflow, kind in (("0001", "MINE", "Data"), ("0002", "OTHER", "Data"), ("0003", "OTHER", "Report")):
        inbox.drop(f"{stem}.dat", line(patient=stem))
        inbox.drop(f"{stem}.ctl", control(id=stem, workflow=workflow, type=kind))
    assert inbox.settle().stored == 1
    inbox.round()
    assert inbox.names == ["0002.ctl", "0002.dat", "0003.ctl", "0003.dat"]
    assert inbox.notes.count("a message of another workflow was left where it is") == 2


def test_a_report_and_an_unusable_control_file_are_set_aside_with_their_reason(inbox: Dropped) -> None:
    inbox.drop("0001.ctl", control(type="Report"))
    inbox.drop("0002.ctl", b"<DTSControl>")
    inbox.drop("0002.dat", line())
    done = inbox.settle()
    assert (done.stored, done.failed) == (0, 2)
    assert sorted(paper["issues"][0]["number"] for paper in inbox.papers("failed")) == ["FEED-032", "FEED-033"]
    assert inbox.moved("failed") == ["0001.ctl", "0002.ctl", "0002.dat"]


def test_killed_between_moving_the_two_the_second_follows_the_first(inbox: Dropped, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    inbox.drop("0001.dat", line())
    inbox.drop("0001.ctl", control())
    moved: list[Path] = []

    def second_dies(old: Path, new: Path) -> None:
        moved.append(old)
        if len(moved) == 2:
            raise Killed
        old.replace(new)

    with monkeypatch.context() as patched:
        patched.setattr("carehub.intake.folder_places._rename", second_dies)
        with pytest.raises(Killed):
            inbox.settle()
    assert inbox.names == ["0001.ctl"]
    inbox.settle(inbox.another(mesh=True))
    assert inbox.names == []
    assert inbox.moved("processed") == ["0001.ctl", "0001.dat"]
    assert len(inbox.bodies) == 1


def test_who_sent_it_is_the_mailbox_and_nothing_else_of_the_control_file_is_told(inbox: Dropped) -> None:
    inbox.drop("0001.dat", line())
    inbox.drop("0001.ctl", control())
    inbox.drop("0002.ctl", control(type="Report"))
    inbox.settle()
    told = " ".join([*inbox.notes, *map(json.dumps, inbox.papers("processed")), *map(json.dumps, inbox.papers("failed"))])
    assert not any(word in told for word in ("Okafor", "okafor", "9990000018"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"rubbish",
        b"[]",
        b"[" * 100_000,
        b"<a/>x",
        b'<!DOCTYPE a [<!ENTITY e "x">]><DTSControl><DTSId>&e;</DTSId></DTSControl>',
        control(id="../../etc/passwd\n"),
        control(sender="a b"),
        b'{"messageid": "\xff"}',
    ],
)
def test_a_control_file_that_cannot_be_trusted_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        read_control(body)
    assert caught.value.issues[0].number == "FEED-032"


def test_a_control_file_without_an_id_still_delivers(inbox: Dropped) -> None:
    inbox.drop("0001.dat", line())
    inbox.drop("0001.ctl", b"<DTSControl/>")
    assert inbox.settle().stored == 1
