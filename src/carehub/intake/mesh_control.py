"""Control files of a MESH inbox: who sent the data file beside it, under which message id and workflow.

Source: the MESH client's `DTSControl` XML, and JSON with the names the MESH API uses. Subject, local id and recipient are not read: senders
write names and NHS numbers there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from carehub.feeds.formats.xml import parse_xml
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue

MAX_BYTES = 65_536
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_PUNCTUATION = re.compile(r"[\W_]+")
_NAMES = {
    "from": "sender",
    "fromdts": "sender",
    "sender": "sender",
    "dtsid": "id",
    "messageid": "id",
    "workflowid": "workflow",
    "messagetype": "type",
}


@dataclass(frozen=True, slots=True)
class Control:
    """sender: the mailbox it came from, or "". id: the MESH message id, or "". reports: it tells of something sent and brings no message."""

    sender: str
    id: str
    workflow: str
    reports: bool


def read_control(body: bytes) -> Control:
    """A control file, XML or JSON. Raises Unreadable (FEED-032)."""
    told: dict[str, str] = {}
    try:
        for name, value in _pairs(body):
            known = _NAMES.get(_PUNCTUATION.sub("", name).casefold().removeprefix("mex"))
            if known and value.strip():
                told.setdefault(known, value.strip())
    except (Unreadable, ValueError, RecursionError):
        raise Unreadable(issue("FEED-032")) from None
    if any(name in told and not _ID.fullmatch(told[name]) for name in ("sender", "id")):
        raise Unreadable(issue("FEED-032"))
    return Control(told.get("sender", ""), told.get("id", ""), told.get("workflow", ""), told.get("type", "data").casefold() == "report")


def _pairs(body: bytes) -> list[tuple[str, str]]:
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        root = parse_xml(body, max_bytes=MAX_BYTES)
        return [(element.tag.rpartition("}")[2], element.text or "") for element in root]
    told = json.loads(body)
    if not isinstance(told, dict):
        raise ValueError("not an object")
    return [(name, value) for name, value in told.items() if isinstance(value, str)]
