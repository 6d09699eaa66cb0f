"""The Community Services Data Set: rows find their patients, months are replaced, and nothing is taken back on half a submission."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Submission
from carehub.hub.hub import Hub
from carehub.store.stored import StoredRecord
from carehub.terms.errors import Rejected
from carehub.terms.refs import RecordRef
from hub.toy_hub import toy_hub
from unit.adapters.community_messages import (
    ACTIVITY,
    ADAPTER,
    CONTACT,
    MPI,
    REFERRAL,
    TABLES,
    case,
    give,
    header,
    month_xml,
    month_zip,
    numbers,
    of_type,
    one,
    record,
    result,
    told_of,
)


def mapped(body: bytes) -> list[Mapped]:
    return [told for told in told_of(body) if not isinstance(told, Rejected)]


def test_every_row_finds_its_patient_through_the_rows_it_names() -> None:
    told = mapped(month_xml(TABLES))
    assert [t.kind for t in told] == ["csds person", "csds referral", "csds contact", "csds activity", "csds end of submission"]
    assert {t.patient for t in told[:-1]} == {RecordRef("X99C7", "csds|C-1", "Patient")}
    assert one(told[3], "Observation")["effectiveDateTime"] == "2026-09-10T14:05:00+01:00"


def test_an_archive_of_tables_tells_the_same_as_the_xml() -> None:
    def content(body: bytes) -> Iterator[object]:
        return ((t.patient, t.records, t.recorded, t.sequence) for t in mapped(body) if t.patient)

    assert list(content(month_zip(TABLES))) == list(content(month_xml(TABLES)))


def test_rows_inside_rows_take_what_stands_around_them() -> None:
    flat = month_xml({"CYP001": [MPI], "CYP101": [REFERRAL]}).decode()
    inner = "<CYP201>" + "".join(f"<{k}>{v}</{k}>" for k, v in CONTACT.items() if k != "ServiceRequestId") + "</CYP201></CYP101>"
    told = mapped(flat.replace("</CYP101>", inner).encode())
    contact = next(t for t in told if t.kind == "csds contact")
    assert contact.patient == RecordRef("X99C7", "csds|C-1", "Patient")
    assert one(contact, "Encounter")["basedOn"][0]["identifier"]["value"] == "R-1"


def test_a_contact_whose_referral_is_not_there_is_refused_and_nothing_is_closed() -> None:
    told = told_of(month_xml({**TABLES, "CYP201": [{**CONTACT, "ServiceRequestId": "R-9"}], "CYP202": []}))
    assert [numbers(t) for t in told if isinstance(t, Rejected)] == [{"MAP-002"}]
    closing = told[-1]
    assert isinstance(closing, Mapped)
    assert (closing.closes, numbers(closing)) == ((), {"MAP-040"})


def test_one_local_number_for_two_people_files_nothing_of_either() -> None:
    two = [MPI, {**MPI, "NHSNumber": "9990002010", "PersonBirthDate": "1988-01-01"}]
    told = told_of(month_xml({**TABLES, "CYP001": two}))
    assert [numbers(t) for t in told if isinstance(t, Rejected)] == [{"MAP-013"}] * 5
    assert not [t for t in told if isinstance(t, Mapped) and t.records]


def test_a_row_whose_links_contradict_it_is_refused() -> None:
    plan = {"CarePlanId": "P-1", "LocalPatientId": "C-1"}
    inside = "<CYP001><LocalPatientId>C-2</LocalPatientId><NHSNumber/><CYP201><CareContactId>K-2</CareContactId>"
    inside += "<ServiceRequestId>R-1</ServiceRequestId></CYP201></CYP001></CSDS>"
    body = month_xml({**TABLES, "CYP004": [plan]}).replace(b"</CSDS>", inside.encode())
    assert [numbers(t) for t in told_of(body) if isinstance(t, Rejected)] == [{"MAP-013"}]


@pytest.mark.parametrize(
    ("head", "closes"),
    [({}, True), ({"SubmissionRecordCount": "4"}, True), ({"SubmissionRecordCount": "5"}, True), ({"SubmissionRecordCount": "7"}, False)],
)
def test_a_submission_closes_only_when_it_holds_what_it_counts(head: dict[str, str], closes: bool) -> None:
    assert bool(mapped(month_xml(TABLES, header(**head)))[-1].closes) == closes


def test_an_archive_closes_only_the_tables_it_has() -> None:
    told = mapped(month_zip({**TABLES, "CYP002": []}))[-1]
    assert {scope.rpartition("/")[2] for scope in told.closes} == {"CYP001", "CYP002", "CYP101", "CYP201", "CYP202"}
    assert len(mapped(month_xml(TABLES))[-1].closes) == 36


def test_a_column_told_twice_costs_its_row_and_closes_nothing() -> None:
    body = month_xml(TABLES).replace(b"<CareContDate>", b"<CareContDate>2026-09-11</CareContDate><CareContDate>")
    told = told_of(body)
    assert [numbers(t) for t in told if isinstance(t, Rejected)] == [{"MAP-004"}]
    assert isinstance(told[-1], Mapped)
    assert not told[-1].closes


# ---- months through the hub ----


def held(hub: Hub, kind: str, local: str) -> StoredRecord | None:
    return hub.store.records.record(kind, RecordRef("X99C7", "csds|C-1", kind, local).id)


def send(hub: Hub, body: bytes, at: str) -> None:
    hub.receive([Submission("community/csds", body, f"2026-11-{at}T09:00:00.000Z", "test")])
    hub.drain()


def test_a_month_sent_again_withdraws_what_it_no_longer_tells() -> None:
    hub = toy_hub(ADAPTER)
    send(hub, month_xml({**TABLES, "CYP201": [CONTACT, {**CONTACT, "CareContactId": "K-2"}]}), "01")
    send(hub, month_xml(TABLES, header(made="2026-11-02T08:30:00")), "02")
    first, second = held(hub, "Encounter", "K-1"), held(hub, "Encounter", "K-2")
    assert first is not None
    assert second is not None
    assert (first.withdrawn, second.withdrawn) == (False, True)


def test_another_month_withdraws_nothing_of_this_one() -> None:
    hub = toy_hub(ADAPTER)
    send(hub, month_xml(TABLES), "01")
    october = {**CONTACT, "CareContactId": "K-9", "CareContDate": "2026-10-08"}
    send(hub, month_xml({"CYP001": [MPI], "CYP101": [REFERRAL], "CYP201": [october]}, header("2026-10", "2026-11-14T08:30:00")), "15")
    encounter = held(hub, "Encounter", "K-1")
    assert encounter is not None
    assert not encounter.withdrawn


@pytest.mark.parametrize("late", [False, True])
def test_an_old_month_sent_again_does_not_reopen_what_a_later_month_ended(late: bool) -> None:
    hub = toy_hub(ADAPTER)
    ended = {"CYP001": [MPI], "CYP101": [{**REFERRAL, "ServDischDate": "2026-10-20"}]}
    months = [month_xml(TABLES), month_xml(ended, header("2026-10", "2026-11-14T08:30:00"))]
    for n, body in enumerate(months if late else months[::-1]):
        send(hub, body, f"1{n}")
    send(hub, month_xml(TABLES, header(made="2026-12-01T08:30:00")), "20")
    episode = held(hub, "EpisodeOfCare", "R-1")
    assert episode is not None
    assert b'"finished"' in episode.body
    request = held(hub, "ServiceRequest", "R-1")
    assert request is not None
    assert b'"completed"' in request.body


def test_rows_of_other_tables_leave_the_person_as_the_index_tells_them() -> None:
    hub = toy_hub(ADAPTER)
    practice = {"LocalPatientId": "C-1", "GMPReg": "X99G1", "StartDateGMPReg": "2011-05-04"}
    send(hub, month_xml({**TABLES, "CYP002": [practice]}), "01")
    patient = held(hub, "Patient", "")
    assert patient is not None
    told = json.loads(patient.body)
    assert [i["value"] for i in told["identifier"]] == ["C-1", "9990001014"]
    assert told["birthDate"] == "1934-02-09"
    assert told["generalPractitioner"][0]["identifier"]["value"] == "X99G1"


def test_additions_to_a_referral_gather() -> None:
    hub = toy_hub(ADAPTER)
    send(hub, month_xml({**TABLES, "CYP103": [{"ServiceRequestId": "R-1", "OtherReasonReferral": c} for c in ("27", "31")]}), "01")
    request = held(hub, "ServiceRequest", "R-1")
    assert request is not None
    assert [r["text"] for r in json.loads(request.body)["reasonCode"]] == ["Reason 27", "Reason 31"]


# ---- single rows ----


@pytest.mark.parametrize(
    ("status", "kind", "told"),
    [
        ("5", "Encounter", "finished"),
        ("6", "Encounter", "finished"),
        ("", "Encounter", "unknown"),
        ("8", "Encounter", "unknown"),
        ("7", "Appointment", "noshow"),
        ("3", "Appointment", "noshow"),
        ("2", "Appointment", "cancelled"),
        ("4", "Appointment", "cancelled"),
        ("0", "Appointment", "booked"),
    ],
)
def test_only_a_person_who_was_seen_had_a_contact(status: str, kind: str, told: str) -> None:
    contact = mapped(month_xml({**TABLES, "CYP201": [{**CONTACT, "AttendStatus": status}]}))[2]
    assert [r.ref.type for r in contact.records] == ["Patient", kind]
    assert one(contact, kind)["status"] == told


@pytest.mark.parametrize(
    ("status", "words"), [("01", "Number present and verified"), ("02", "Number present but not traced"), ("04", None)]
)
def test_the_status_of_the_nhs_number_stands_on_it(status: str, words: str | None) -> None:
    patient = one(mapped(month_xml({"CYP001": [{**MPI, "NHSNumberStatus": status}]}))[0], "Patient")
    (number,) = (i for i in patient["identifier"] if i["system"] == "https://fhir.nhs.uk/Id/nhs-number")
    concept = number["extension"][0]["valueCodeableConcept"]
    assert concept["coding"][0]["code"] == status
    assert words is None or concept["text"] == words


@pytest.mark.parametrize(
    ("scheme", "code", "system", "told"),
    [
        ("06", "13645005", "http://snomed.info/sct", "13645005"),
        ("02", "J449", "http://hl7.org/fhir/sid/icd-10", "J44.9"),
        ("05", "XE0Uc", "http://read.info/ctv3", "XE0Uc"),
        ("06", "13645006", None, "13645006"),
        ("06", "J449", None, "J449"),
        ("09", "13645005", None, "13645005"),
        ("", "13645005", "http://snomed.info/sct", "13645005"),
    ],
)
def test_the_scheme_decides_the_system_only_if_the_code_can_be_of_it(scheme: str, code: str, system: str | None, told: str) -> None:
    row = {"ServiceRequestId": "R-1", "DiagSchemeInUse": scheme, "PrimDiag": code}
    diagnosis = next(t for t in mapped(month_xml({**TABLES, "CYP607": [row]})) if t.kind == "csds history")
    (coding,) = one(diagnosis, "Condition")["code"]["coding"]
    assert coding["code"] == told
    assert coding["system"] == system if system else coding["system"].startswith("urn:carehub:X99C7:code:")
    assert ("MAP-006" in numbers(diagnosis)) == (system != "http://snomed.info/sct" and system != "http://hl7.org/fhir/sid/icd-10")


@pytest.mark.parametrize(
    ("sent", "told"), [("142", "valueQuantity"), ("-0.50", "valueQuantity"), ("<5", "valueString"), ("N/A", "valueString")]
)
def test_an_observation_value_is_a_number_only_when_it_is_one(sent: str, told: str) -> None:
    activity = mapped(month_xml({**TABLES, "CYP202": [{**ACTIVITY, "ObsValue": sent.replace("<", "&lt;")}]}))[3]
    value = one(activity, "Observation")[told]
    assert str(value["value"] if told == "valueQuantity" else value) == sent


def test_a_warehouse_decimal_loses_its_padding_and_nothing_else() -> None:
    told = give(case("csds-measurements"), "csds")
    values = {r["code"]["text"]: str(r["valueQuantity"]["value"]) for r in of_type(told, "Observation")}
    assert values == {"Body weight": "61.3", "Body height": "1.58", "Body height --lying": "158"}


def test_midnight_that_a_database_adds_is_no_time() -> None:
    told = give(case("csds-contact-from-an-extract"), "csds")
    assert one(told, "Encounter")["period"] == {"start": "2026-09-10"}
    assert told.recorded == "2026-09-30T22:59:59.000Z"


def test_an_extract_without_its_making_time_is_ordered_by_arrival_and_closes_nothing() -> None:
    lines = ["SERVICE REQUEST IDENTIFIER,LOCAL PATIENT IDENTIFIER (EXTENDED),PRIORITY TYPE CODE,OrgIDProv,RPStartDate,RPEndDate"]
    lines.append("R-1,C-1,1,X99C7,2026-09-01,2026-09-30")
    (told,) = mapped("\r\n".join(lines).encode())
    assert told.recorded == ""
    assert one(told, "ServiceRequest")["priority"] == "routine"


def test_an_indicator_that_is_no_longer_so_ends_its_alert() -> None:
    yes, no = ({**MPI, "SafeguardVulFactInd": sent} for sent in "YN")
    before, after = (record(mapped(month_xml({"CYP001": [row]}))[0], "Flag") for row in (yes, no))
    assert before.ref == after.ref
    assert (before.resource["status"], after.resource["status"]) == ("active", "inactive")


def test_an_unknown_column_is_counted_and_an_unknown_table_is_not_a_row() -> None:
    body = month_xml({**TABLES, "CYP001": [{**MPI, "ShoeSize": "5"}]}).replace(b"</CSDS>", b"<CYP999><A>b</A></CYP999></CSDS>")
    told = told_of(body)
    assert "MAP-005" in numbers(told[0])
    assert len(told) == 5


@pytest.mark.parametrize("body", [b"", b"<a/>", b"PK\x03\x04nonsense", b"a,b\r\n1,2\r\n", b"<CYP001><A>1</A>", b"\x00\xff"])
def test_what_is_no_submission_is_refused_and_not_lost(body: bytes) -> None:
    try:
        parts = list(ADAPTER.split(body))
    except Rejected:
        return
    assert all(isinstance(result(part, "csds"), Rejected) for part in parts)
