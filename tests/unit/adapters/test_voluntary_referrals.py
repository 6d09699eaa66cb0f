"""Social prescribing referrals: what a row says, in every status, and what it takes back."""

from __future__ import annotations

import io

import pytest

from carehub.feeds.formats.tables import split_table
from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import loads
from carehub.fhir.gate import check
from carehub.fhir.resource import identifiers
from carehub.terms.errors import Unreadable
from carehub.terms.nhs_number import SYSTEM
from unit.adapters.voluntary_messages import ADAPTER, ROW, SHARED, changes, give, numbers, of_type, parts, refused, table, told


@pytest.mark.parametrize(
    ("status", "kind", "request_", "task", "goal"),
    [
        ("Received", "referral-received", "active", "received", "proposed"),
        ("ACCEPTED", "referral-accepted", "active", "accepted", "active"),
        ("declined", "referral-declined", "revoked", "rejected", "cancelled"),
        ("closed", "referral-closed", "completed", "completed", "completed"),
    ],
)
def test_a_status_is_told_in_request_task_and_goal(status, kind, request_, task, goal):
    mapped = told(table(Status=status))
    assert mapped.kind == kind
    assert of_type(mapped, "ServiceRequest")["status"] == request_
    assert of_type(mapped, "Task")["status"] == task
    assert of_type(mapped, "Task")["businessStatus"] == {"text": status}
    assert of_type(mapped, "Goal")["lifecycleStatus"] == goal


def test_the_referral_is_coded_as_one_to_a_social_prescribing_service():
    coding = of_type(told(table()), "ServiceRequest")["code"]["coding"]
    assert [one["code"] for one in coding] == ["871731000000106"]


@pytest.mark.parametrize("status", ["consent withdrawn", "Consent was refused", "no longer consents"])
def test_withdrawn_consent_takes_everything_back_and_says_why(status):
    mapped = told(table(Status=status))
    taken_back = {type for type, change in changes(mapped).items() if change == "withdrawn"}
    assert taken_back == {"ServiceRequest", "Task", "Goal", "Communication"}
    consent = of_type(mapped, "Consent")
    assert (consent["status"], consent["provision"]) == ("active", {"type": "deny"})
    told_again = [value for record in mapped.records for value in record.resource.values()]
    assert ROW["Notes"] not in str(told_again)
    assert ROW["What_Matters"] not in str(told_again)


@pytest.mark.parametrize("consent", ["No", "withdrawn", "0", "not given", "Refused by phone", "consent withdrawn 3 May"])
def test_a_consent_column_that_denies_consent_withdraws_it_whatever_the_status(consent):
    assert told(table(Consent=consent)).kind == "consent-withdrawn"


@pytest.mark.parametrize("consent", ["", "Yes", "y", "given", "1", "Yes, verbal"])
def test_a_consent_column_that_gives_consent_changes_nothing(consent):
    assert told(table(Consent=consent)).records == told(table()).records


@pytest.mark.parametrize(
    ("cells", "place"),
    [({"Status": "awaiting consent"}, "Status"), ({"Consent": "to be asked"}, "Consent"), ({"Consent": "?"}, "Consent")],
)
def test_words_about_consent_that_cannot_be_told_from_a_refusal_share_nothing(cells, place):
    assert refused(table(**cells)) == [("MAP-004", place)]


def test_consent_withdrawn_counts_whatever_its_date():
    assert told(table(Status="consent withdrawn", Updated="2026-05-01")).recorded == "2026-05-01T22:59:59.000Z"
    mapped = told(table(Status="consent withdrawn", Updated="soon"))
    assert (mapped.recorded, numbers(mapped)) == ("", {("MAP-010", "Updated")})


def test_a_row_whose_time_cannot_be_read_waits():
    assert refused(table(Updated="04/25/2026")) == [("MAP-004", "Updated")]


def test_rows_of_one_day_are_in_the_order_of_a_referrals_life():
    ranks = [
        told(table(Status=s)).sequence for s in ("received", "accepted", "declined", "closed", "consent withdrawn", "entered in error")
    ]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


def test_a_status_nobody_knows_is_not_guessed_and_does_not_leave_an_old_one_standing():
    mapped = told(table(Status="paused over summer"))
    request = of_type(mapped, "ServiceRequest")
    assert (request["status"], request["note"]) == ("unknown", [{"text": "Status as sent: paused over summer"}])
    assert changes(mapped)["Task"] == "withdrawn"
    assert ("MAP-006", "Status") in numbers(mapped)


def test_the_day_of_receipt_stays_and_the_note_on_an_unknown_status_goes():
    received = told(table(Status="received"))
    odd = told(table(Status="paused"))
    accepted = next(r for r in told(table()).records if r.ref.type == "ServiceRequest")
    first = ADAPTER.revise({}, of_type(received, "ServiceRequest"), ())
    second = ADAPTER.revise(first, of_type(odd, "ServiceRequest"), ())
    third = ADAPTER.revise(second, accepted.resource, accepted.clears)
    assert (third["status"], third["authoredOn"]) == ("active", "2026-04-14T09:30:00+01:00")
    assert "note" in second
    assert "note" not in third


def test_text_that_is_gone_is_taken_back_only_where_the_list_has_a_column_for_it():
    assert set(told(table(Notes="", What_Matters="")).closes) == {
        "referral SP-1 what matters",
        "referral SP-1 notes",
        "referral SP-1 consent",
    }
    short = b"Organisation,Referral_ID,Updated,Status\r\nX99VA,SP-1,2026-04-14,accepted\r\n"
    assert told(short).closes == ("referral SP-1 consent",)


def test_consent_given_again_takes_the_withdrawal_back():
    withdrawn = told(table(Status="consent withdrawn"))
    [scope] = [record.scope for record in withdrawn.records if record.ref.type == "Consent"]
    assert scope in told(table(Status="accepted")).closes
    assert scope not in told(table(Status="paused")).closes
    assert scope not in withdrawn.closes


def numbers_of(patient):
    return list(identifiers(patient, SYSTEM))


def patient(**cells):
    return of_type(told(table(**cells)), "Patient")


@pytest.mark.parametrize("name", ["Adeyemi, Josephine", "Adeyemi, Jo", "Josephine Adeyemi-Cole", ""])
def test_of_the_same_person_a_number_once_told_stands(name):
    later = ADAPTER.revise(patient(), patient(NHS_Number="", Name=name), ())
    assert numbers_of(later) == ["9992001011"]


@pytest.mark.parametrize("cells", [{"Date_of_Birth": "1948-02-12"}, {"Name": "Brannock, Edith", "Date_of_Birth": ""}])
def test_nobody_gets_the_number_of_the_person_who_had_the_referral_before(cells):
    later = ADAPTER.revise(patient(Postcode="ZX1 4QP"), patient(NHS_Number="", **cells), ())
    assert numbers_of(later) == []
    assert "address" not in later


def test_a_new_number_replaces_the_old_one():
    assert numbers_of(ADAPTER.revise(patient(), patient(NHS_Number="9992001038"), ())) == ["9992001038"]


@pytest.mark.parametrize("sent", ["1234567890", "0000000000", "not known", "9992001012"])
def test_a_number_that_is_none_is_kept_as_sent_and_not_used(sent):
    mapped = told(table(NHS_Number=sent))
    assert numbers_of(of_type(mapped, "Patient")) == []
    assert sent in [one["value"] for one in of_type(mapped, "Patient")["identifier"]]
    assert ("MAP-009", "NHS_Number") in numbers(mapped)


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"Name": "ADEYEMI, Josephine Ann"}, {"family": "ADEYEMI", "given": ["Josephine", "Ann"]}),
        ({"Name": "Adeyemi, Mrs Josephine"}, {"family": "Adeyemi", "given": ["Josephine"], "prefix": ["Mrs"]}),
        ({"Name": "Josephine Adeyemi"}, {"family": "Adeyemi", "given": ["Josephine"]}),
        ({"Name": "Dr. Josephine Adeyemi"}, {"family": "Adeyemi", "given": ["Josephine"], "prefix": ["Dr."]}),
        ({"Name": "Maria del Carmen Ruiz"}, {}),
        ({"Name": "Josephine"}, {}),
        ({"Name": "Adeyemi,"}, {}),
        ({"Name": "x", "First name": "Josephine", "Surname": "Adeyemi"}, {"family": "Adeyemi", "given": ["Josephine"]}),
    ],
)
def test_a_name_is_parted_only_where_the_source_parts_it(cells, name):
    [found] = patient(**cells)["name"]
    assert {key: value for key, value in found.items() if key not in ("use", "text")} == name


def test_a_part_of_the_name_that_cannot_be_told_is_noted():
    assert ("MAP-007", "Name") in numbers(told(table(Name="Maria del Carmen Ruiz")))


def test_the_source_is_named_and_never_guessed():
    assert told(table(Organisation="gb-chc-9999999")).source.code == "GB-CHC-9999999"
    for code in ("", "The Club", "x", "-", "X99VA/1"):
        assert refused(table(Organisation=code)) == [("MAP-001", "Organisation")]


def test_a_row_without_a_referral_is_refused_alone():
    found = [give(part) for part in parts(table({}, {"Referral_ID": ""}, {"Referral_ID": "SP-3"}))]
    assert [isinstance(one, Mapped) for one in found] == [True, False, True]
    assert [(i.number, i.at) for i in found[1].issues] == [("MAP-002", "Referral_ID")]


def test_a_column_nobody_knows_is_noted_with_its_place_and_not_its_words():
    mapped = told(table(**{"Folder colour": "ochre"}))
    assert ("MAP-017", "column 10") in numbers(mapped)
    assert mapped.records == told(table()).records


def test_a_table_without_the_four_columns_is_no_referral_list():
    with pytest.raises(Unreadable, match="MAP-001"):
        parts(b"a,b,c\r\n1,2,3\r\n")


def test_a_list_of_many_rows_loses_only_the_bad_one():
    rows = [{"Referral_ID": f"SP-{n}"} for n in range(100)]
    body = table(*rows).replace(b"X99VA,SP-50,", b"X99VA,SP-50", 1)
    found = [give(part) for part in parts(body)]
    assert len(found) == 100
    assert [n for n, one in enumerate(found) if not isinstance(one, Mapped)] == [50]


# ---- text that tries to be something else ----

_NAUGHTY = SHARED / "adversarial" / "naughty-strings" / "blns.json"
_INJECTION = SHARED / "adversarial" / "injection" / "payloads.json"
_SPECTRUM = SHARED / "adversarial" / "csv-spectrum"
real = pytest.mark.real_feeds


def _texts():
    found = list(loads(_NAUGHTY.read_bytes())) if _NAUGHTY.exists() else []
    return found + ([one["payload"] for one in loads(_INJECTION.read_bytes())] if _INJECTION.exists() else [])


@real
@pytest.mark.skipif(not _texts(), reason="the adversarial texts are not beside the project")
def test_hostile_text_comes_out_letter_for_letter_or_costs_its_row_alone():
    texts, kept, lost = _texts(), 0, 0
    for text in texts:
        found = [give(part) for part in parts(table({}, {"Notes": text, "What_Matters": text, "Name": text}, {"Referral_ID": "SP-3"}))]
        assert isinstance(found[0], Mapped)
        assert isinstance(found[-1], Mapped)
        assert len(found) == 3
        if not isinstance(found[1], Mapped):
            assert {i.number for i in found[1].issues} <= {"MAP-001", "MAP-004"}
            lost += 1
            continue
        kept += 1
        for record in found[1].records:
            assert check(record.resource) == ()
        # A text of nothing but blanks and marks that nobody sees is an empty cell.
        if text.strip("\ufeff\u200b \t\r\n") and text.strip():
            assert of_type(found[1], "Communication")["payload"] == [{"contentString": text.strip()}]
            assert of_type(found[1], "Goal")["description"] == {"text": text.strip()}
            assert of_type(found[1], "Patient")["name"][0].get("text", text.strip()) == text.strip()
    assert kept > 0.95 * len(texts)
    assert lost < 0.02 * len(texts)


@real
@pytest.mark.skipif(not _SPECTRUM.exists(), reason="csv-spectrum is not beside the project")
@pytest.mark.parametrize("name", ["json", "newlines", "quotes_and_newlines", "empty", "empty_crlf", "simple", "simple_crlf"])
def test_csv_spectrum_cells_come_through_as_notes(name):
    """Each table's rows become rows of a referral list, its own quoting kept: the last column of each is the Notes."""
    body = (_SPECTRUM / f"{name}.csv").read_bytes()
    expected = loads((_SPECTRUM / f"{name}.json").read_bytes())
    names = list(expected[0])
    head = ["Organisation", "Referral_ID", "Updated", "Status", *names[:-1], "Notes"]
    lines = body.split(b"\n", 1)[1]
    header = body.split(b"\n", 1)[0].rstrip(b"\r") + b"\r\n"
    records = [part.removeprefix(header) for part in split_table(io.BytesIO(header + lines))]
    list_ = ",".join(head).encode() + b"\r\n" + b"\r\n".join(b"X99VA,SP-%d,2026-04-14,accepted," % n + r for n, r in enumerate(records))
    mapped = [give(part) for part in parts(list_)]
    notes = [[r.resource["payload"][0]["contentString"] for r in one.records if r.ref.type == "Communication"] for one in mapped]
    assert notes == [[row[names[-1]].strip()] if row[names[-1]].strip() else [] for row in expected]
