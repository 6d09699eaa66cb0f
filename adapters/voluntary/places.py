"""Places of a service to Location: address, position, opening hours and access."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .contact_points import telecom
from .draft import Draft, filled
from .opening_hours import hours
from .plain_text import plain
from .shapes import number, part, parts, raw, said

# R4's list of physical types has no code for a place that is not one.
_VIRTUAL = {"text": "Virtual"}
_ADDRESS_TYPES = {"postal": "postal", "physical": "physical"}


def tell(draft: Draft, service: dict[str, Any], local: str, as_of: str) -> tuple[list[dict[str, str]], list[str]]:
    """One Location for each place of the service: references to them, and words on the service at a place."""
    references: list[dict[str, str]] = []
    words: list[str] = []
    for n, at in enumerate(parts(service, "service_at_locations")):
        place = f"service_at_locations[{n}]"
        location = part(at, "location")
        name = said(location, "name", "alternate_name")
        held = hours(draft, at, f"{place}.schedules", "HealthcareService", as_of)
        told = [t for t in (said(at, "description"), *held.words) if t]
        if told:
            words.append(f"At {name or 'one of its places'}: {'. '.join(t.rstrip('.') for t in told)}")
        if contacts := parts(at, "contacts"):
            draft.note("MAP-014", f"{place}.contacts", "HealthcareService", len(contacts))
        if location:
            elements = _location(draft, location, at, f"{place}.location", as_of)
            id = raw(location, "id") or f"place {n + 1}"
            reference = draft.add("Location", f"{local}|{id}", elements, at=f"{place}.location")
            if reference not in references:
                references.append(reference)
        elif at:
            draft.note("MAP-008", f"{place}.location", "HealthcareService")
    return references, words


def _location(draft: Draft, location: dict[str, Any], at: dict[str, Any], place: str, as_of: str) -> dict[str, Any]:
    unread: list[str] = []
    points = telecom(draft, location, f"{place}.", "Location", web=("url",), unread=unread)
    for point in telecom(draft, at, f"{place.rpartition('.')[0]}.", "Location", unread=unread):
        if point not in points:
            points.append(point)
    held = hours(draft, location, f"{place}.schedules", "Location", as_of)
    if contacts := parts(location, "contacts"):
        draft.note("MAP-014", f"{place}.contacts", "Location", len(contacts))
    words = [
        said(location, "description"),
        _labelled("Getting there", said(location, "transportation")),
        *(_labelled("Access", _access(one)) for one in parts(location, "accessibility", "accessibility_for_disabilities")),
        _labelled("Languages", ", ".join(t for one in parts(location, "languages") if (t := said(one, "name", "language")))),
        *(_labelled("Contact as sent", plain(sent)) for sent in unread),
    ]
    return filled(
        identifier=_identifier(location),
        name=said(location, "name"),
        alias=[told] if (told := said(location, "alternate_name")) else [],
        description="\n".join(word for word in words if word),
        telecom=points,
        address=_address(draft, location, place),
        physicalType=_VIRTUAL if raw(location, "location_type").casefold() == "virtual" else {},
        position=_position(draft, location, place),
        hoursOfOperation=held.opening(),
        availabilityExceptions="\n".join(held.words),
    )


def _labelled(label: str, told: str) -> str:
    return f"{label}: {told}" if told else ""


def _access(one: dict[str, Any]) -> str:
    return ". ".join(told.rstrip(".") for name in ("description", "details", "accessibility", "url") if (told := said(one, name)))


def _identifier(location: dict[str, Any]) -> list[dict[str, Any]]:
    """The place's number in a register: the UPRN, where the source says it is one."""
    value, kind = said(location, "external_identifier"), said(location, "external_identifier_type")
    return [filled(type={"text": kind} if kind else {}, value=value[:200])] if value else []


def _position(draft: Draft, location: dict[str, Any], place: str) -> dict[str, Decimal]:
    """Both coordinates or none: half a position, or one off the globe, is refused (MAP-021). 0, 0 is what a form sends that nobody filled in."""
    latitude, longitude = number(location, "latitude"), number(location, "longitude")
    if not raw(location, "latitude") and not raw(location, "longitude"):
        return {}
    possible = latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180
    if not possible or (latitude == 0 and longitude == 0) or latitude is None or longitude is None:
        draft.note("MAP-021", f"{place}.{'latitude' if latitude is None or abs(latitude) > 90 else 'longitude'}", "Location")
        return {}
    return {"longitude": _degrees(longitude), "latitude": _degrees(latitude)}


def _degrees(value: Decimal) -> Decimal:
    """The digits as sent, without an exponent and without more decimals than a position has."""
    exponent = value.as_tuple().exponent
    return Decimal(f"{value:f}") if isinstance(exponent, int) and exponent >= -15 else round(value, 15)


def _address(draft: Draft, location: dict[str, Any], place: str) -> dict[str, Any]:
    """The place's own address, else the one for letters. Location has room for one; others are noted (MAP-017)."""
    listed = parts(location, "addresses", "physical_addresses")
    if not listed:
        return {}
    chosen = next((one for one in listed if raw(one, "address_type", "type").casefold() != "postal"), listed[0])
    if len(listed) > 1:
        draft.note("MAP-017", f"{place}.addresses", "Location", len(listed) - 1)
    lines = [told for name in ("address_1", "address_2", "address_3", "address_4") if (told := said(chosen, name))]
    return filled(
        type=_ADDRESS_TYPES.get(raw(chosen, "address_type", "type").casefold(), ""),
        line=lines,
        city=said(chosen, "city"),
        district=said(chosen, "region"),
        state=said(chosen, "state_province"),
        postalCode=said(chosen, "postal_code"),
        country=said(chosen, "country"),
    )
