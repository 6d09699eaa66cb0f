"""The fields of messages in every format, messages without one of them, and fields.csv."""

from __future__ import annotations

import pytest

from carehub.feeds.coverage import BadFields, coverage, read_uses, use_of
from carehub.feeds.fields import fields, form, without

JSON = (
    b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","name":[{"family":"A"},{"family":"B"}],"active":true,'
    b'"extension":[{"url":"https://x/y/Sex","valueCode":"F"}]}}],"empty":""}'
)
XML = b'<a xmlns="urn:x"><b c="1">t</b><b/><d><e>u</e></d></a>'
HL7 = b"MSH|^~\\&|A||C\rPID|1||2\rPID|2||\r"
EDIFACT = b"UNA:+.? 'UNB+UNOA:2+A?'B'RSL+NV+5:7++U'"
TABLE = b'Id|"First Name"|Note\r\n1|"O|B"|\r\n'


@pytest.mark.parametrize(
    ("body", "kind", "found"),
    [
        (JSON, "json", ["Patient.name.family", "Patient.active", "Patient.extension(Sex).valueCode"]),
        (XML, "xml", ["a/b/@c", "a/b", "a/d/e"]),
        (HL7, "hl7v2", ["MSH-2", "MSH-3", "MSH-5", "PID-1", "PID-3"]),
        (EDIFACT, "edifact", ["UNB-1", "UNB-2", "RSL-1", "RSL-2", "RSL-4"]),
        (TABLE, "table", ["Id", "First Name"]),
        (b"", "table", []),
        (b"{", "json", []),
        (b"<a", "xml", []),
    ],
)
def test_filled_fields_are_named_once_and_in_order(body: bytes, kind: str, found: list[str]) -> None:
    assert form(body) == kind
    assert list(fields(body)) == found


@pytest.mark.parametrize("body", [JSON, XML, HL7, EDIFACT, TABLE])
def test_a_message_without_a_field_has_all_others(body: bytes) -> None:
    every = list(fields(body))
    for path in every:
        less = without(body, path)
        assert less is not None
        assert list(fields(less)) == [other for other in every if other != path]
    assert without(body, "never") is None
    assert without(body, "PID-99") is None


def test_the_rest_of_a_row_is_as_it_came() -> None:
    assert without(b"\xef\xbb\xbfa,b\r\n1,caf\xe9", "a") == b"\xef\xbb\xbfa,b\r\n,caf\xe9"


def test_fields_are_sorted_by_what_becomes_of_them() -> None:
    uses = read_uses("path,use,reason\nPID-*,unmapped,not yet\nPID-5,mapped,\nPID-3,key,\nMSH-2,dropped,delimiters\n", where="x")
    found = coverage(["PID-5", "PID-3", "PID-30", "MSH-2", "ZZZ-1"], uses)
    assert (found.mapped, found.dropped, found.unmapped, found.unlisted) == (("PID-3", "PID-5"), ("MSH-2",), ("PID-30",), ("ZZZ-1",))
    assert found.total == 5
    assert use_of("PID-5", uses) == uses[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n", "line 1: the header"),
        ("path,use,reason\n,mapped,\n", "line 2: there is no path"),
        ("path,use,reason\na,mapped,\na,mapped,\n", "line 3: a is listed twice"),
        ("path,use,reason\na,used,\n", "line 2: 'used' is none of"),
        ("path,use,reason\na,dropped, \n", "line 2: a is dropped and no reason is given"),
    ],
)
def test_a_wrong_list_of_fields_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadFields, match=f"fields.csv: {said}"):
        read_uses(text, where="fields.csv")
