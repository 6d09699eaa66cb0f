"""The organisation that runs a service to Organization, with its numbers in public registers."""

from __future__ import annotations

import re
from typing import Any

from carehub.terms.organisations import ODS_SYSTEM

from .contact_points import telecom
from .draft import Draft, filled
from .shapes import part, parts, raw, said

_ODS = re.compile(r"(?=.*[A-Z])[A-Z0-9]{3,6}")


def tell(draft: Draft, service: dict[str, Any], local: str) -> dict[str, str]:
    """A Reference to the Organization, {} when the service names none."""
    organisation = part(service, "organization", "organisation")
    name = said(organisation, "name", "alternate_name")
    identifiers = _identifiers(organisation)
    if not name and not identifiers:
        if organisation:
            draft.note("MAP-004", "organization", "Organization")
        return {}
    alias = said(organisation, "alternate_name")
    if contacts := parts(organisation, "contacts"):
        draft.note("MAP-014", "organization.contacts", "Organization", len(contacts))
    elements = filled(
        identifier=identifiers,
        name=name,
        alias=[alias] if alias and alias != name else [],
        telecom=telecom(draft, organisation, "organization.", "Organization", web=("website", "url")),
    )
    return draft.add("Organization", f"{local}|{raw(organisation, 'id') or 'provider'}", elements, at="organization")


def _identifiers(organisation: dict[str, Any]) -> list[dict[str, Any]]:
    """Charity, company and care regulator numbers under the scheme as sent; an NHS organisation code under its own system."""
    found: list[dict[str, Any]] = []
    for one in parts(organisation, "organization_identifiers"):
        scheme, kind, value = said(one, "identifier_scheme"), said(one, "identifier_type"), said(one, "identifier")
        if not value:
            continue
        ods = scheme.upper() in ("GB-NHS", "ODS") and _ODS.fullmatch(value.upper())
        if ods and not any(held.get("system") == ODS_SYSTEM for held in found):
            found.append({"system": ODS_SYSTEM, "value": value.upper()})
            continue
        held = filled(
            type={"text": kind or scheme} if kind or scheme else {},
            system=f"urn:carehub:register:{scheme.upper()}" if re.fullmatch(r"[A-Za-z0-9-]{2,40}", scheme) else "",
            value=value[:200],
        )
        if held not in found:
            found.append(held)
    return found
