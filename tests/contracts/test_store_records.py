"""The store's contract: records, tellings and outcomes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.feeds.mapped import RecordMerge
from carehub.fhir.canonical import content_hash
from carehub.store.ports import Store
from carehub.store.stored import Brief, MappingBatch, QuarantinedPart
from carehub.terms.errors import Overtaken
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef
from contracts.stores import mapping, named, outcome, stored, telling

R1, R2, R3 = named("record", "1"), named("record", "2"), named("record", "3")
M1, M2, M3 = named("message", "1"), named("message", "2"), named("message", "3")
PATIENT, OTHER = named("patient"), named("patient", "other")
ASTHMA = b'{"code":{"text":"Asthma"},"id":"1","recorder":{"display":"Dr Invented"},"resourceType":"Condition","subject":{"display":"X"}}'
ADDED = b'"versionId":"1","lastUpdated":"2026-11-22T06:11:00.000Z","source":"urn:carehub:gp/structured-record#%b"' % M1.encode()


def test_an_empty_store_has_no_records(store: Store) -> None:
    assert store.records.tellings([R1]) == {}
    assert store.records.told_by([M1]) == {}
    assert store.records.outcomes([M1]) == {}
    assert store.records.outcomes_of([PATIENT]) == {}
    assert store.records.record("Condition", R1) is None
    assert store.records.current([R1]) == {}
    assert store.records.of_patients([PATIENT]) == []
    assert store.records.counts() == []
    assert store.records.totals() == (0, 0)
    assert store.records.version_count() == 0


def test_tellings_come_back_whole_in_the_sources_order_not_in_arrival_order(store: Store) -> None:
    late = telling(R1, M1, ASTHMA, told_at="2026-11-23T00:00:00.000Z", position=1)
    early = telling(
        R1, M2, b"{}", told_at="2026-11-21T00:00:00.000Z", sequence="0002", position=2, change="update", clears=("note", "code.text")
    )
    tied = telling(R1, M3, b"", told_at="2026-11-21T00:00:00.000Z", sequence="0001", position=3, change="withdrawn", sha="not hex")
    store.records.apply(mapping(late, early))
    store.records.apply(mapping(tied, telling(R2, M3, patient=OTHER, type="Goal")))
    assert store.records.tellings([R1, "unknown"]) == {R1: [tied, early, late]}
    assert store.records.told_by([M1, M3, "unknown"]) == {M1: {R1}, M3: {R1, R2}}


def test_a_telling_of_the_same_record_and_message_is_replaced(store: Store) -> None:
    store.records.apply(mapping(telling(R1, M1, ASTHMA), stored(R1, ASTHMA)))
    again = telling(R1, M1, b'{"resourceType":"Condition","id":"other"}')
    store.records.apply(mapping(again))
    store.records.apply(mapping(again))
    assert store.records.tellings([R1]) == {R1: [again]}
    assert store.records.current([R1])[R1].body == ASTHMA


def test_the_same_words_in_two_messages_are_two_tellings(store: Store) -> None:
    first, second = telling(R1, M1, ASTHMA), telling(R1, M2, ASTHMA, position=2)
    store.records.apply(mapping(first))
    store.records.apply(mapping(second))
    assert sorted(store.records.tellings([R1])[R1], key=lambda t: t.position) == [first, second]


def test_remapping_drops_what_the_message_told_and_no_more(store: Store) -> None:
    kept = telling(R1, M2, ASTHMA, position=2)
    store.records.apply(mapping(telling(R1, M1, ASTHMA), kept, telling(R2, M1), stored(R1, ASTHMA), stored(R2)))
    fresh = telling(R3, M1)
    store.records.apply(mapping(fresh, stored(R3), remapped=(M1,), removed=(R2, "never there")))
    assert store.records.tellings([R1, R2, R3]) == {R1: [kept], R3: [fresh]}
    assert set(store.records.current([R1, R2, R3])) == {R1, R3}
    assert store.records.current([R1])[R1].body == ASTHMA


@pytest.mark.parametrize(
    ("told", "served"),
    [
        pytest.param(ASTHMA, ASTHMA[:-1] + b',"meta":{"versionId":"1"}}', id="meta at the end"),
        pytest.param(ASTHMA, b'{"meta":{"versionId":"1"},' + ASTHMA[1:], id="meta at the beginning"),
        pytest.param(ASTHMA, ASTHMA.replace(b'"id":"1",', b'"id":"1","meta":{},'), id="meta within"),
        pytest.param(ASTHMA, ASTHMA.replace(b'"id":"1"', b'"id":"1","meta":{%b}' % ADDED), id="what the hub adds"),
        pytest.param(
            ASTHMA.replace(b'"id":"1"', b'"id":"1","meta":{"tag":[]}'),
            ASTHMA.replace(b'"id":"1"', b'"id":"1","meta":{%b,"tag":[]}' % ADDED),
            id="what the hub adds to what was told",
        ),
        pytest.param(ASTHMA, ASTHMA[:-1] + b',"meta":{%b},%b}' % (ADDED, ADDED), id="what the hub adds, twice"),
        pytest.param(ADDED * 2, ADDED * 3, id="nothing but what the hub adds"),
        pytest.param(ASTHMA, ASTHMA, id="the same"),
        pytest.param(ASTHMA * 2, ASTHMA, id="shorter"),
        pytest.param(b"a" * 99, b"a" * 150, id="one letter, longer"),
        pytest.param(b"a" * 150, b"a" * 99, id="one letter, shorter"),
        pytest.param(ASTHMA, b"{}", id="nothing in common"),
        pytest.param(b"", b'{"meta":{}}', id="withdrawn"),
        pytest.param(ASTHMA, "{\x00é}".encode(), id="NUL and not ASCII"),
    ],
)
def test_the_body_served_is_the_body_stored_whatever_was_told(store: Store, told: bytes, served: bytes) -> None:
    record = stored(R1, served, message=M1)
    store.records.apply(mapping(telling(R1, M1, told), record))
    assert store.records.record("Condition", R1) == record
    # Told again elsewhere, and then forgotten by its message: what is served does not move.
    store.records.apply(mapping(telling(R1, M2, told, position=2)))
    store.records.apply(mapping(remapped=(M1,)))
    assert store.records.record("Condition", R1) == record
    assert store.records.tellings([R1])[R1][0].body == told


def test_records_keep_every_fact(store: Store) -> None:
    odd = stored(
        R1,
        patient=OTHER,
        type="Encounter",
        source=SourceOrganisation("ZZ902", "Quay Hospital", SourceKind.ACUTE),
        feed="acute/adt",
        version=7,
        message=M3,
        recorded="",
        author='O"Invented\x00\x1f é',
        adapter="acute",
        mapping_version=3,
        withdrawn=True,
        content="not a hash",
        last_told=("2026-11-22T06:10:00.000Z", "0007\x00", content_hash(b"x")),
        last_position=99,
    )
    store.records.apply(mapping(odd, stored(R2)))
    assert store.records.record("Encounter", R1) == odd
    assert store.records.record("Condition", R1) is None
    assert store.records.current([R1, R2, "unknown"]) == {R1: odd, R2: stored(R2)}


def test_records_of_patients_are_in_order_and_can_be_narrowed(store: Store) -> None:
    records = [stored(named(str(n)), type=type) for n in range(6) for type in ("Goal", "Condition")]
    mine = {record.id: record for record in records}.values()
    elsewhere = stored(R1, patient=OTHER)
    store.records.apply(mapping(*mine, elsewhere))
    expected = sorted(mine, key=lambda record: (record.type, record.id))
    assert store.records.of_patients([PATIENT]) == expected
    assert store.records.of_patients([PATIENT, OTHER, "unknown"]) == sorted([*mine, elsewhere], key=lambda r: (r.type, r.id))
    assert store.records.of_patients([PATIENT], ["Goal"]) == [record for record in expected if record.type == "Goal"]
    assert store.records.of_patients([PATIENT], []) == []
    assert store.records.of_patients([]) == []


def test_totals_count_withdrawn_records_and_versions_add_up(store: Store) -> None:
    store.records.apply(mapping(stored(PATIENT, type="Patient", version=2), stored(R1, withdrawn=True, version=3), stored(R2)))
    assert store.records.totals() == (1, 3)
    assert store.records.version_count() == 6
    store.records.apply(mapping(stored(R2, version=2)))
    assert store.records.version_count() == 7


def test_outcomes_keep_every_fact(store: Store) -> None:
    surviving, subsumed = RecordRef("ZZ902", "1", "Patient"), RecordRef("ZZ902", "2", "Patient", "x\x00")
    odd = outcome(
        M1,
        5,
        verdict="partly_quarantined",
        kind="ADT^A40\x00",
        sequence="0001",
        snapshot=False,
        issues=(issue("MAP-005", at="entry[1]", about="Device", count=3),),
        quarantined=(QuarantinedPart("entry[2]", "Observation", (issue("GATE-010", about="Observation"), issue("GATE-018"))),),
        merges=(RecordMerge(surviving, subsumed), RecordMerge(subsumed, surviving, undone=True)),
        attempts=2,
    )
    lost = outcome(M2, 6, verdict="rejected", patient="", source=None, issues=(issue("MAP-001"),), records=0)
    store.records.apply(mapping(odd, lost))
    assert store.records.outcomes([M1, M2, "unknown"]) == {M1: odd, M2: lost}
    tried_again = outcome(M2, 6, attempts=2)
    store.records.apply(mapping(tried_again))
    assert store.records.outcomes([M2]) == {M2: tried_again}


def test_outcomes_of_a_patient_are_in_the_order_of_telling(store: Store) -> None:
    third = outcome(M1, 1, told_at="2026-11-23T00:00:00.000Z")
    first = outcome(M2, 2, told_at="2026-11-22T00:00:00.000Z", sequence="1")
    second = outcome(M3, 3, told_at="2026-11-22T00:00:00.000Z", sequence="2")
    store.records.apply(mapping(third, first, second, outcome(R1, 4, patient=""), outcome(R2, 5, patient=OTHER)))
    assert store.records.outcomes_of([PATIENT, "", "unknown"]) == {PATIENT: [first, second, third]}


def test_waiting_outcomes_are_listed_by_verdict_page_by_page(store: Store) -> None:
    waiting = [outcome(named(str(n)), n, verdict="rejected") for n in range(1, 6)]
    store.records.apply(mapping(*reversed(waiting), outcome(M1, 6)))
    assert store.records.unsettled("rejected", 0, 2) == waiting[:2]
    assert store.records.unsettled("rejected", 2, 10) == waiting[2:]
    assert store.records.unsettled("partly_quarantined", 0, 10) == []
    assert [
        store.records.how_many("rejected", first, last)
        for first, last in ((1, 1000), (waiting[1].position, waiting[1].position), (900, 1000))
    ] == [
        len(waiting),
        1,
        0,
    ]
    assert store.records.how_many("partly_quarantined", 1, 1000) == 0


def test_counts_are_by_feed_source_and_verdict(store: Store) -> None:
    acute = SourceOrganisation("ZZ902", "Quay Hospital", SourceKind.ACUTE)
    store.records.apply(
        mapping(
            outcome(M1, 1),
            outcome(M2, 2, mapping_version=2),
            outcome(M3, 3, verdict="rejected", source=None),
            outcome(R1, 4, feed="acute/adt", source=acute),
        )
    )
    assert store.records.counts() == [
        ("acute/adt", "ZZ902", "accepted", 1),
        ("gp/structured-record", "", "rejected", 1),
        ("gp/structured-record", "ZZ901", "accepted", 2),
    ]


def test_two_workers_cannot_undo_each_others_tellings(store: Store) -> None:
    store.records.apply(mapping(stored(R1)))
    read = store.records.current([R1])[R1]
    based = ((R1, read.stamp), (R2, 0))
    store.records.apply(mapping(stored(R1, version=2), stored(R2), based_on=based))
    with pytest.raises(Overtaken) as caught:
        store.records.apply(mapping(telling(R3, M3), stored(R1, version=3), based_on=((R1, read.stamp),)))
    assert [found.number for found in caught.value.issues] == ["STORE-004"]
    with pytest.raises(Overtaken):
        store.records.apply(mapping(stored(R2, version=3), based_on=((R2, 0),)))
    assert store.records.current([R1])[R1].version == 2
    assert store.records.tellings([R3]) == {}


def test_a_stamp_is_never_given_twice(store: Store) -> None:
    store.records.apply(mapping(stored(R1)))
    stamp = store.records.current([R1])[R1].stamp
    store.records.apply(mapping(removed=(R1,)))
    store.records.clear()
    store.records.apply(mapping(stored(R1)))
    with pytest.raises(Overtaken):
        store.records.apply(mapping(stored(R1), based_on=((R1, stamp),)))


def test_what_was_worked_out_from_records_dropped_since_is_not_written(store: Store) -> None:
    store.records.apply(mapping(telling(R1, M1, ASTHMA), stored(R1, ASTHMA, message=M1), outcome(M1)))
    writes, [read] = store.records.writes(), store.records.last_tellings([R1]).values()
    store.records.clear()
    again = (telling(R1, M2, ASTHMA, position=2),)
    with pytest.raises(Overtaken):
        store.records.apply(MappingBatch(again, (), (outcome(M2, 2),), based_on=((R1, read.stamp),), retold=(read,), as_of=writes))
    assert store.records.tellings([R1]) == {}
    store.records.apply(mapping(telling(R2, M2, b"{}"), stored(R2), outcome(M2)))
    assert store.records.current([R1, R2]).keys() == {R2}


def test_a_record_in_brief_says_what_it_says_in_full(store: Store) -> None:
    content = content_hash(ASTHMA)
    odd = replace(stored(R2), content="not the hash of what was told", last_position=7)
    store.records.apply(mapping(telling(R1, named("message"), ASTHMA), stored(R1, ASTHMA), odd, outcome(named("message"))))
    in_full = store.records.current([R1, R2])
    assert in_full[R1].content == content
    in_brief = store.records.in_brief([R1, R2, "unknown"])
    assert in_brief == {id: Brief(full.source, full.feed, full.content, full.last_position) for id, full in in_full.items()}
    assert in_brief[R2] == Brief(odd.source, odd.feed, odd.content, 7)


def test_a_record_told_again_as_it_stands_moves_by_its_newest_telling_alone(store: Store) -> None:
    first, later = "2026-11-22T06:10:00.000Z", "2026-11-23T07:00:00.000Z"
    body, record, content = b'{"resourceType":"Condition"}', named("told again"), content_hash(b'{"resourceType":"Condition"}')
    one, two = named("first message"), named("second message")
    store.records.apply(MappingBatch((telling(record, one, body),), (stored(record, body, message=one),), (outcome(one),)))
    before = store.records.current([record])[record]
    newest = store.records.last_tellings([record, named("nobody")])
    assert newest.keys() == {record}
    assert (newest[record].last_told, newest[record].last_position, newest[record].withdrawn) == ((first, "", content), 1, False)
    moved = newest[record]._replace(last_told=(later, "7", content), last_position=9)
    again = telling(record, two, body, told_at=later, sequence="7", position=9)
    store.records.apply(MappingBatch((again,), (), (outcome(two, 9),), based_on=((record, moved.stamp),), retold=(moved,)))
    after = store.records.current([record])[record]
    assert after == replace(before, last_told=(later, "7", content), last_position=9)
    assert store.records.last_tellings([record])[record].last_told == (later, "7", content)
    assert [t.message for t in store.records.tellings([record])[record]] == [one, two]
    with pytest.raises(Overtaken):
        store.records.apply(MappingBatch((again,), (), (outcome(two, 9),), based_on=((record, moved.stamp),), retold=(moved,)))
