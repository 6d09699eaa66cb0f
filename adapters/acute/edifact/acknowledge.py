"""NHSACK (NHS001): what became of an interchange, as bytes for its sender. Pure: the moment and the control reference are given.

Codes: IAF all messages accepted, IAP some, IRA none, IRI the interchange itself does not agree with its trailer, IRM a message is not closed
rightly. Each message MA accepted or MR rejected, with the reason behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from carehub.feeds.formats.edifact import Delimiters, segments_of
from carehub.terms.errors import Rejected, Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import LONDON

_MARKS = Delimiters()
_WIDTH, _MOST = 70, 5


class Verdict(NamedTuple):
    """What became of one message. reference: its UNH-1. reason: in words for the sender, "" when accepted; no patient's value in it."""

    reference: str
    accepted: bool
    reason: str = ""


def wanted(interchange: bytes) -> bool:
    """True when the sender asks for an acknowledgement (UNB-9 is 1). One whose header cannot be read asks for nothing."""
    try:
        return _header(interchange)[8] == "1"
    except (Rejected, IndexError):
        return False


def refusal(interchange: bytes) -> str:
    """Why an interchange cannot be taken at all: IRM, IRI, or "" when it can."""
    opened, messages, groups = "", 0, 0
    reference, code = "", "IRI"
    for segment in segments_of(interchange):
        name = segment.name
        if name == "UNB":
            reference = segment.text(5)
        elif name == "UNG":
            groups += 1
        elif name == "UNH":
            if opened:
                return "IRM"
            opened, messages = segment.text(1) or "?", messages + 1
        elif name == "UNT":
            if segment.text(2) != opened:
                return "IRM"
            opened = ""
        elif name == "UNZ":
            code = "" if segment.text(2) == reference and segment.text(1).lstrip("0") == str(groups or messages) else "IRI"
    return "IRM" if opened else code


def acknowledge(interchange: bytes, verdicts: Sequence[Verdict], *, at: datetime, control: str, reason: str = "") -> bytes:
    """The acknowledgement of one interchange, to its sender from its recipient.

    verdicts: of each message, in order; not asked for where the interchange itself is refused. at: an aware moment, told in London's time.
    control: the acknowledgement's own control reference. reason: why the interchange is refused. Raises Unreadable (MAP-001) when the
    interchange has no header: nobody could be answered.
    """
    header = _header(interchange)
    sender, recipient, reference = header[1], header[2], header[4]
    code = refusal(interchange) or _of(verdicts)
    refused = code in ("IRI", "IRM")
    local = at.astimezone(LONDON)
    said = [f"NIR+SIR:{_MARKS.escaped(reference)}+{sender}+{recipient}+{code}"]
    if refused and reason:
        said.append(_error(reason))
    for verdict in () if refused else verdicts:
        said.append(f"NMR+AGO:{_MARKS.escaped(verdict.reference)}+{'MA' if verdict.accepted else 'MR'}")
        if not verdict.accepted and verdict.reason:
            said.append(_error(verdict.reason))
    body = ["UNH+1+NHSACK:D:1:NH:NHS001", "BGM+AKR", f"DTM+137:{local:%Y%m%d}:102", *said]
    control = _MARKS.escaped(control)
    lines = [
        f"UNB+UNOC:3+{recipient}+{sender}+{local:%y%m%d}:{local:%H%M}+{control}++NHSACK",
        *body,
        f"UNT+{len(body) + 1}+1",
        f"UNZ+1+{control}",
    ]
    return "\n".join(("UNA:+.? '", *(f"{line}'" for line in lines))).encode("cp1252", "replace")


def _of(verdicts: Iterable[Verdict]) -> str:
    told = {verdict.accepted for verdict in verdicts}
    return "IAP" if len(told) == 2 else "IAF" if told == {True} else "IRA"


def _header(interchange: bytes) -> list[str]:
    """The elements of UNB after its name, each as it may stand in an acknowledgement."""
    for segment in segments_of(interchange):
        if segment.name == "UNB":
            found = [":".join(_MARKS.escaped(part) for part in parts) for parts in segment.elements[1:]]
            if len(found) > 4:
                return found
    raise Unreadable(issue("MAP-001", at="UNB"))


def _error(reason: str) -> str:
    """FTX+ERD with the words, cut over as many components of 70 characters as there may be."""
    words = " ".join(reason.split())[: _WIDTH * _MOST]
    parts = [words[begin : begin + _WIDTH] for begin in range(0, len(words), _WIDTH)]
    return "FTX+ERD+++" + ":".join(_MARKS.escaped(part) for part in parts)
