"""NHSACK: what the sender of an interchange is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from carehub.feeds.formats.edifact import read
from carehub.terms.errors import Unreadable
from unit.adapters.acute_messages import module
from unit.adapters.edifact_messages import UNB, interchange, report

acknowledging = module("edifact.acknowledge")
Verdict, AT = acknowledging.Verdict, datetime(2026, 7, 22, 5, 30, tzinfo=UTC)


def lines(body: bytes, *verdicts: object, reason: str = "", control: str = "5") -> list[str]:
    found: bytes = acknowledging.acknowledge(body, verdicts, at=AT, control=control, reason=reason)
    return found.decode("cp1252").split("\n")


def test_the_answer_goes_back_to_the_sender_in_london_time_and_reads_as_edifact() -> None:
    told = lines(interchange(report()), Verdict("1", True))
    assert told == [
        "UNA:+.? '",
        "UNB+UNOC:3+990000000000002:80+990000000000001:80+260722:0630+5++NHSACK'",
        "UNH+1+NHSACK:D:1:NH:NHS001'",
        "BGM+AKR'",
        "DTM+137:20260722:102'",
        "NIR+SIR:77+990000000000001:80+990000000000002:80+IAF'",
        "NMR+AGO:1+MA'",
        "UNT+6+1'",
        "UNZ+1+5'",
    ]
    assert read("\n".join(told).encode()).counted_right


@pytest.mark.parametrize(("accepted", "code"), [((True, True), "IAF"), ((True, False), "IAP"), ((False, False), "IRA"), ((), "IRA")])
def test_the_code_of_the_interchange_follows_from_its_messages(accepted: tuple[bool, ...], code: str) -> None:
    told = lines(interchange(report(), report(number="2")), *(Verdict(str(n), ok, "no name") for n, ok in enumerate(accepted, 1)))
    assert told[5].endswith(f"+{code}'")
    assert sum(line.startswith("NMR") for line in told) == len(accepted)
    assert sum(line.startswith("FTX+ERD") for line in told) == accepted.count(False)


def test_an_interchange_that_disagrees_with_its_trailer_is_refused_whole() -> None:
    told = lines(interchange(report(), trailer="UNZ+1+78"), reason="the trailer's reference differs")
    assert told[5].endswith("+IRI'")
    assert told[6] == "FTX+ERD+++the trailer?'s reference differs'"
    assert not any(line.startswith("NMR") for line in told)
    assert acknowledging.refusal(interchange(report(), trailer="UNZ+2+77")) == "IRI"


def test_a_message_that_is_not_closed_refuses_the_interchange() -> None:
    assert acknowledging.refusal(interchange([*report()[:-1], "UNT+9+2"])) == "IRM"
    assert acknowledging.refusal(interchange([report()[0], *report()])) == "IRM"
    assert acknowledging.refusal(interchange(report()[:-1], report(number="2"))) == "IRM"
    assert acknowledging.refusal(interchange(report())) == ""


def test_reasons_are_released_and_cut_to_the_width_of_a_component() -> None:
    told = lines(interchange(report()), Verdict("1", False, "it's " + "x" * 400))
    parts = told[7].removeprefix("FTX+ERD+++").removesuffix("'").split(":")
    assert [len(part.replace("?'", "'")) for part in parts] == [70] * 5
    assert read("\n".join(told).encode()).segments[-1].text(1) == "ERD"


def test_an_acknowledgement_is_wanted_only_where_it_is_asked_for() -> None:
    assert acknowledging.wanted(interchange(report()))
    assert not acknowledging.wanted(interchange(report(), unb=UNB.removesuffix("++1")))
    assert not acknowledging.wanted(b"no interchange")


def test_nobody_can_be_answered_without_a_header() -> None:
    with pytest.raises(Unreadable):
        lines("'".join(report()).encode(), Verdict("1", True))
