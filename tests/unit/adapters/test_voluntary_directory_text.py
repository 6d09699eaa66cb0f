"""Text that people typed into the directory: words stay, nothing in them can be followed or run."""

from __future__ import annotations

import re

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import dumps, loads
from carehub.fhir.gate import check
from unit.adapters.voluntary_messages import SHARED, a_service, give, of_type, told


def one(n: int = 1, **more):
    return of_type(told(dumps(a_service(n, **more))), "HealthcareService")


_RUNS = re.compile(r"(?i)<[a-z/!?]|javascript:|vbscript:|data:\s*[a-z]+/|\]\(")


def texts_of(value):
    if isinstance(value, dict):
        for part in value.values():
            yield from texts_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_of(part)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        ("<p>Growing <b>food</b>.</p><p>Come &amp; see</p>", "Growing food.\nCome & see"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("ages 5 < 12 and > 3", "ages 5 < 12 and > 3"),
        ("<script>alert(1)</script>after", "alert(1)after"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "alert(1)"),
        ("&amp;lt;b&amp;gt;", "‹b>"),
        ("<unheard of>", "‹unheard of>"),
        ('<a href="https://example.org/x">our page</a>', "(https://example.org/x) our page"),
        ('<a href="javascript:alert(1)">tap</a>', "(javascript :alert(1)) tap"),
        ("[tap](javascript:alert(1))", "[tap] (javascript :alert(1))"),
        ("<img src=x onerror=alert(1)>hello", "(x) hello"),
        ("<scr<script>ipt>alert(1)</script>", "‹scr‹script>ipt>alert(1)"),
        ("unclosed <b", "unclosed ‹b"),
        ("<!-- note -->kept", "note kept"),
        ("plain: data, and JavaScript classes", "plain: data, and JavaScript classes"),
        ("\u202egnp.exe\u0000", "gnp.exe"),
    ],
)
def test_text_becomes_plain_words(sent, plain):
    assert one(description=sent)["comment"] == plain


@pytest.mark.real_feeds
@pytest.mark.skipif(not (SHARED / "adversarial").exists(), reason="the adversarial texts are not beside the project")
def test_hostile_text_in_any_field_of_a_service_cannot_run_and_stays_valid():
    sent = list(loads((SHARED / "adversarial" / "naughty-strings" / "blns.json").read_bytes()))
    sent += [one["payload"] for one in loads((SHARED / "adversarial" / "injection" / "payloads.json").read_bytes())]
    for text in sent:
        where = {
            "description": text,
            "url": text,
            "email": text,
            "alert": text,
            "application_process": text,
            "status": text,
            "wait_time": text,
        }
        nested = {
            "organization": {
                "id": text,
                "name": text,
                "website": text,
                "organization_identifiers": [{"identifier_scheme": text, "identifier": text}],
            },
            "service_at_locations": [{"location": {"id": text, "name": text, "latitude": text, "addresses": [{"city": text}]}}],
            "attributes": [{"taxonomy_term": {"code": text, "name": text, "taxonomy": text, "taxonomy_detail": {"uri": text}}}],
            "schedules": [{"byday": text, "opens_at": text, "valid_from": text, "description": text}],
            "phones": [{"number": text, "extension": text}],
            "languages": [{"name": text, "code": text}],
        }
        result = give(dumps(a_service(**where, **nested)))
        assert isinstance(result, Mapped)
        for record in result.records:
            assert check(record.resource) == ()
            assert [told for told in texts_of(record.resource) if _RUNS.search(told)] == []
