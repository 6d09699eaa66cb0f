"""Documents (MDM: TXA and its OBX) to DocumentReferences, with what they hold as Binaries.

Source: HL7 v2.5.1 chapter 9 (events T01 to T11; TXA; tables 0270 to 0273). A document is known by its number (TXA-12): a message without
content leaves the content told before as it was.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from carehub.feeds.formats.hl7v2 import Segment
from carehub.fhir.resource import Resource
from carehub.terms.codes import DATA_ABSENT_REASON
from carehub.terms.moments import instant, iso

from . import people
from .draft import RESTRICTED, VERY_RESTRICTED, Draft, Label
from .file_content import File, files
from .source import address
from .tables import table

EVENTS = frozenset((*(f"T{number:02}" for number in range(1, 12)),))
_ADDENDUM, _REPLACEMENT, _CANCEL = frozenset(("T05", "T06")), frozenset(("T09", "T10")), "T11"

_TYPES = table("document_types")
_TYPE_SYSTEM = "http://terminology.hl7.org/CodeSystem/v2-0270"
_FINISHED, _UNFINISHED = frozenset(("AU", "LA")), frozenset(("DI", "DO", "IP", "IN", "PA"))
_SENT_TYPE = "urn:carehub:content-type-as-sent"
_NOT_SENT: dict[str, Any] = {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "unknown"}]}
_TXA = frozenset((1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 22, 25))


def tell(draft: Draft, event: str) -> None:
    """Put the document of the message into the draft.

    Without TXA, or without anything that names the document, it cannot be filed (MAP-004). T11 takes it back, T09 and T10 put it in the
    place of another.
    """
    txa = draft.message.first("TXA")
    local = _local(txa) if txa else ""
    if not txa or not local:
        draft.note("MAP-004", txa.place if txa else "TXA", "DocumentReference")
        return
    if event == _CANCEL:
        draft.withdraw("DocumentReference", local, at="TXA")
        draft.closes.append(_scope(local))
        return
    told: dict[str, Any] = {"status": _status(draft, txa), "subject": draft.subject}
    if number := _number(txa):
        told["identifier"] = [{"system": address(draft.source, "document"), "value": number}]
    _about(draft, txa, event, told)
    parent = txa.text(13)
    if parent and parent != local:
        _beside(draft, event, parent, told)
    labels = _labelled(draft, txa.text(18).upper(), told)
    _content(draft, txa, local, labels, told)
    draft.left_out(txa, _TXA, "DocumentReference")
    draft.add("DocumentReference", local, told, at="TXA", change="update", labels=labels)


def settle(state: Resource) -> None:
    """A document of which only the number was told has a status and content all the same: both say that nothing is known."""
    state.setdefault("status", "current")
    state.setdefault("content", [{"attachment": _NOT_SENT}])


def _local(txa: Segment) -> str:
    """What names the document; one without number goes by its type and time."""
    made = txa.text(6) or txa.text(4)
    return _number(txa) or (f"{txa.text(2)}|{made}" if made else "")


def _number(txa: Segment) -> str:
    """TXA-12, else TXA-16, a file name that is the document's alone."""
    return txa.text(12) or txa.text(12, 3) or txa.text(16)


def _status(draft: Draft, txa: Segment) -> str:
    """TXA-19: deleted or obsolete, else it stands."""
    return {"CA": "entered-in-error", "OB": "superseded"}.get(txa.text(19).upper(), "current")


def _about(draft: Draft, txa: Segment, event: str, told: dict[str, Any]) -> None:
    kind = _TYPES.get(txa.text(2).upper())
    if kind:
        told["type"] = {"coding": [{"system": _TYPE_SYSTEM, "code": kind["sent"]}], "text": txa.text(2, 2) or kind["words"]}
    elif concept := draft.concept(txa.first(2), "TXA-2", "DocumentReference"):
        told["type"] = concept
    completion = txa.text(17).upper()
    if completion in _FINISHED:
        told["docStatus"] = "final"
    elif completion in _UNFINISHED:
        told["docStatus"] = "preliminary"
    elif completion:
        draft.note("MAP-006", "TXA-17", "DocumentReference")
    made = _instant(draft, txa, 8) or _instant(draft, txa, 6) or _instant(draft, txa, 4)
    if made:
        told["date"] = made
    authors = _people(draft, txa, 9) or _people(draft, txa, 5)
    if authors:
        told["author"] = authors
    signed = _people(draft, txa, 22) or _people(draft, txa, 10)
    if signed:
        told["authenticator"] = signed[0]
    if txa.text(25):
        told["description"] = txa.text(25)
    context: dict[str, Any] = {}
    if draft.encounter:
        context["encounter"] = [{"reference": draft.encounter}]
    orders = [(15, "filler"), (14, "placer")]
    related = [
        {"identifier": {"system": address(draft.source, space), "value": txa.text(number)}} for number, space in orders if txa.text(number)
    ]
    if related:
        context["related"] = related
    if context:
        told["context"] = context


def _instant(draft: Draft, txa: Segment, number: int) -> str:
    value = instant(draft.time(txa, number, "DocumentReference"))
    return iso(value) if value else ""


def _people(draft: Draft, txa: Segment, number: int) -> list[dict[str, str]]:
    told = [people.practitioner(draft, field, f"TXA-{number}") for field in txa.repeats(number)]
    return [{"reference": reference} for reference in dict.fromkeys(told) if reference]


def _beside(draft: Draft, event: str, parent: str, told: dict[str, Any]) -> None:
    """The document this one adds to, or stands in the place of. One that is replaced is superseded, told or not."""
    if event in _REPLACEMENT:
        replaced = draft.add("DocumentReference", parent, {"status": "superseded", "subject": draft.subject}, at="TXA-13", change="update")
        told["relatesTo"] = [{"code": "replaces", "target": {"reference": replaced}}]
    elif event in _ADDENDUM:
        named = {"identifier": {"system": address(draft.source, "document"), "value": parent}}
        told["relatesTo"] = [{"code": "appends", "target": named}]
    else:
        draft.note("MAP-017", "TXA-13", "DocumentReference")


def _labelled(draft: Draft, sent: str, told: dict[str, Any]) -> list[Label]:
    """TXA-18. Usual control is no label; restricted and very restricted are said in the words of FHIR, anything else in the sender's.

    The label stands on the record and on its files too.
    """
    if not sent or sent == "U":
        return []
    label = {"R": RESTRICTED, "V": VERY_RESTRICTED}.get(sent)
    if label is None:
        draft.note("MAP-006", "TXA-18", "DocumentReference")
        own = draft.local_coding(sent, "", "confidentiality")
        label = Label(own["system"], own["code"])
    told["securityLabel"] = [{"coding": [{"system": label.system, "code": label.code}]}]
    return [label]


def _content(draft: Draft, txa: Segment, local: str, labels: list[Label], told: dict[str, Any]) -> None:
    """A Binary for each file and an attachment that points at it. Nothing is told where the message carries no content."""
    attached = []
    for number, file in enumerate(files(draft, draft.message.all("OBX")), 1):
        attachment: dict[str, Any] = {"contentType": file.content_type, "size": len(file.body)}
        attachment["hash"] = base64.b64encode(hashlib.sha1(file.body, usedforsecurity=False).digest()).decode()
        attachment["url"] = draft.add(
            "Binary",
            f"{local}|{number}",
            _binary(draft, file),
            at=file.place,
            profile=None,
            change="update",
            scope=_scope(local),
            labels=labels,
        )
        if txa.text(16):
            attachment["title"] = txa.text(16)
        if file.named:
            attachment["extension"] = [{"url": _SENT_TYPE, "valueString": file.named}]
        attached.append({"attachment": attachment})
    if attached:
        told["content"] = attached
        draft.closes.append(_scope(local))


def _scope(local: str) -> str:
    """The files of one document: told again, they are all there are."""
    return f"document|{local}"


def _binary(draft: Draft, file: File) -> Resource:
    return {"contentType": file.content_type, "data": base64.b64encode(file.body).decode(), "securityContext": draft.subject}
