"""Clauses about rough handling: other encodings, missing fields, giant values, deep nesting, placeholders. It maps or it is Rejected."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.feeds.adapter import Adapter
from carehub.feeds.fields import fields, without
from carehub.fhir.resource import identifiers, many
from carehub.kit.cases import Case, again
from carehub.kit.golden import outcome, text
from carehub.kit.results import Clause, accepted, crash, patients, surnames
from carehub.terms import nhs_number

# Names as people in England have them: beyond ASCII, beyond Latin-1, with the apostrophe a word processor types.
_NAME = "Žáková-O’Neill"
_PLACEHOLDERS = ("1234567890", "9999999999", "0000000000")
_FIELDS = 30
_LONG = 100_000
_DEEP = 5_000
_MARK = b"\xef\xbb\xbf"


def encodings_are_safe(adapter: Adapter, case: Case) -> Iterator[str]:
    """In another encoding, with other line ends, or with bytes that are no text, a message maps or is Rejected."""
    body, middle = case.message.body, len(case.message.body) // 2
    told = body.decode("utf-8", "replace")
    variants = {
        "windows-1252": told.encode("cp1252", "replace"),
        "UTF-16": told.encode("utf-16"),
        "UTF-8 with a mark": _MARK + body.removeprefix(_MARK),
        "a null inside": body[:middle] + b"\x00" + body[middle:],
        "bytes that are no text": body[:middle] + b"\xff\xfe\x81" + body[middle:],
        "a lone surrogate": body[:middle] + b"\xed\xa0\x80" + body[middle:],
        "other line ends": body.replace(b"\r\n", b"\n") if b"\r\n" in body else body.replace(b"\n", b"\r\n"),
        "nothing": b"",
        "blanks": b" \r\n\t",
    }
    for name, variant in variants.items():
        if found := crash(adapter, again(case, variant)):
            yield f"{name}: {found}"


def a_mark_changes_nothing(adapter: Adapter, case: Case) -> Iterator[str]:
    """A byte order mark before a message changes nothing, or the message is Rejected."""
    told = accepted(adapter, case.message)
    marked = accepted(adapter, again(case, _MARK + case.message.body.removeprefix(_MARK)))
    if told and marked and text(told) != text(marked):
        yield "the same message with a byte order mark is told differently"


def characters_survive(adapter: Adapter, case: Case) -> Iterator[str]:
    """A family name beyond ASCII, sent in UTF-8, comes out as it was sent."""
    told = accepted(adapter, case.message)
    for name in surnames(told)[:1] if told else ():
        if name.encode() not in case.message.body or b"8859" in case.message.body or b"1252" in case.message.body:
            continue
        changed = accepted(adapter, again(case, case.message.body.replace(name.encode(), _NAME.encode())))
        if changed and not any(_NAME.casefold() in found.casefold() for found in surnames(changed)):
            yield "a name beyond ASCII does not come out as it was sent"


def missing_fields_are_safe(adapter: Adapter, case: Case) -> Iterator[str]:
    """With any one field missing, a message maps or is Rejected."""
    found = list(adapter.fields(case.message) if adapter.fields else fields(case.message.body))
    for path in found[:: max(1, len(found) // _FIELDS)]:
        body = adapter.without(case.message, path) if adapter.without else without(case.message.body, path)
        if body is not None and (what := crash(adapter, again(case, body))):
            yield f"without {path}: {what}"


def size_is_safe(adapter: Adapter, case: Case) -> Iterator[str]:
    """Giant values, trailing blanks, a message many times over and deep nesting map or are Rejected."""
    body = case.message.body
    told = accepted(adapter, case.message)
    names = [name.encode() for name in surnames(told)[:1]] if told else []
    variants = {
        "a giant value": body.replace(names[0], b"A" * _LONG) if names else body + b"A" * _LONG,
        "a hundred thousand blanks": body + b" " * _LONG,
        "twenty times over": body * 20,
        "deep objects": b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
        "deep arrays": b"[" * _DEEP,
        "deep elements": b"<a>" * _DEEP,
        "a number without end": b'{"resourceType":"Bundle","total":' + b"9" * _LONG + b"}",
    }
    for name, variant in variants.items():
        if found := crash(adapter, again(case, variant)):
            yield f"{name}: {found}"


def placeholders_never_identify(adapter: Adapter, case: Case) -> Iterator[str]:
    """A placeholder in the place of the NHS number ("1234567890") never becomes one."""
    told = accepted(adapter, case.message)
    numbers = sorted({n for record in patients(told) for n in identifiers(record.resource, nhs_number.SYSTEM)}) if told else []
    for number in numbers:
        for placeholder in _PLACEHOLDERS if number.encode() in case.message.body else ():
            changed = outcome(adapter, again(case, case.message.body.replace(number.encode(), placeholder.encode())))
            held = [n for r in getattr(changed, "records", ()) for n in _numbers(r.resource)]
            if placeholder in held:
                yield f"the placeholder {placeholder} is taken for an NHS number"


def _numbers(resource: dict[str, object]) -> Iterator[str]:
    return (str(i.get("value")) for i in many(resource, "identifier") if isinstance(i, dict) and i.get("system") == nhs_number.SYSTEM)


CLAUSES: tuple[Clause, ...] = (
    encodings_are_safe,
    a_mark_changes_nothing,
    characters_survive,
    missing_fields_are_safe,
    size_is_safe,
    placeholders_never_identify,
)
