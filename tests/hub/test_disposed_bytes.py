"""What is left of the disposed: no byte in the files of a store once room is given up, and whole files of several people until all of them are due."""

from __future__ import annotations

from pathlib import Path

from carehub.feeds.message import Submission
from carehub.fhir.canonical import dumps
from carehub.terms.moments import iso
from contracts.stores import opened
from hub.disposing_cast import BO, CANARIES, OLD, OTHER, bo, cast_hub, cy, disposing, person, proposed
from hub.toy_hub import submit, toy_hub


def test_no_byte_of_the_disposed_is_left_in_the_files_of_the_store(tmp_path: Path):
    def found():
        held = b"".join(file.read_bytes() for file in sorted(tmp_path.iterdir())).lower()
        return [canary for canary in CANARIES if canary.lower().encode() in held]

    with opened(f"sqlite:///{tmp_path / 'carehub.db'}") as store:
        hub = cast_hub(store)
        assert found() == list(CANARIES)
        disposing(hub).apply(OTHER, proposed(hub))
        disposing(hub).scrub(OTHER)
        assert found() == []
        assert b"Berg" in b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert hub.rebuild().same
    assert found() == []


def test_a_file_of_people_who_are_all_due_goes_whole():
    hub = toy_hub()
    [first, _] = submit(hub, bo(), cy(OLD))
    hub.drain()
    done = disposing(hub).apply(OTHER, proposed(hub))
    file = hub.log.read([first])[first].submission
    assert (done.begun.kept, done.begun.submissions) == (0, (file,))
    assert hub.log.submission_body(file) == b""
    assert hub.store.links.persons() == []
    assert hub.rebuild().same


def test_a_file_that_says_who_is_left_out_keeps_its_bytes_because_others_rest_on_it():
    hub = toy_hub()
    submit(hub, bo(), {"source": "acute", "at": OLD, "closing": ["all"], "kind": "acute"})
    hub.drain()
    done = disposing(hub).apply(OTHER, proposed(hub))
    assert (done.begun.kept, done.begun.submissions) == (1, ())
    assert person(hub, BO) == ""
    assert hub.rebuild().same


def test_a_file_with_a_message_that_nobody_could_read_keeps_its_bytes():
    hub = toy_hub()
    hub.receive([Submission("toy/feed", dumps(bo()) + b"\nrubbish", iso(hub.clock()), "test")])
    hub.drain()
    done = disposing(hub).apply(OTHER, proposed(hub))
    assert (done.begun.kept, done.begun.submissions) == (1, ())
