"""Telephone numbers, e-mail and web addresses of an organisation, a service or a place. Persons are left out."""

from __future__ import annotations

from typing import Any

from .draft import Draft
from .plain_text import mail_address, telephone, web_address
from .shapes import parts, raw

_SYSTEMS = {"fax": "fax", "text": "sms", "sms": "sms", "textphone": "other", "tty": "other", "pager": "pager"}


def telecom(
    draft: Draft, holder: Any, place: str, about: str, *, web: tuple[str, ...] = (), unread: list[str] | None = None
) -> list[dict[str, Any]]:
    """What can be rung, written to or opened. A value that is none is noted (MAP-007) and put into `unread`, to be kept as words."""
    kept = unread if unread is not None else []
    found: list[dict[str, Any]] = []
    for n, phone in enumerate(parts(holder, "phones")):
        _phone(draft, phone, f"{place}phones[{n}].number", about, found, kept)
    if sent := raw(holder, "email"):
        if told := mail_address(sent):
            _put(found, {"system": "email", "value": told})
        else:
            _not_read(draft, sent, f"{place}email", about, kept)
    for name in web:
        if sent := raw(holder, name):
            if told := web_address(sent):
                _put(found, {"system": "url", "value": told})
            else:
                _not_read(draft, sent, f"{place}{name}", about, kept)
    return found


def through_contacts(draft: Draft, contacts: list[dict[str, Any]], telecom: list[dict[str, Any]], place: str, about: str) -> None:
    """Add the telephones and e-mail addresses under which a service's contacts are reached, where the service itself has none.

    A contact is a person: the name, the post and everything else of it stay out of the record (MAP-014).
    """
    systems = {point["system"] for point in telecom}
    for n, contact in enumerate(contacts):
        if "phone" not in systems:
            for m, phone in enumerate(parts(contact, "phones")):
                _phone(draft, phone, f"{place}contacts[{n}].phones[{m}].number", about, telecom, [])
        told = mail_address(raw(contact, "email"))
        if told and "email" not in systems:
            _put(telecom, {"system": "email", "value": told})
    if contacts:
        draft.note("MAP-014", f"{place}contacts", about, len(contacts))


def _phone(draft: Draft, phone: dict[str, Any], place: str, about: str, found: list[dict[str, Any]], kept: list[str]) -> None:
    sent = raw(phone, "number")
    if not sent:
        return
    told = telephone(sent)
    if not told:
        _not_read(draft, sent, place, about, kept)
        return
    extension = raw(phone, "extension")
    value = f"{told} ext. {extension}" if extension.isascii() and extension.isdigit() and len(extension) < 7 else told
    _put(found, {"system": _SYSTEMS.get(raw(phone, "type").casefold(), "phone"), "value": value})


def _put(found: list[dict[str, Any]], point: dict[str, Any]) -> None:
    if point not in found:
        found.append(point)


def _not_read(draft: Draft, sent: str, place: str, about: str, kept: list[str]) -> None:
    draft.note("MAP-007", place, about)
    kept.append(sent)
