"""Names of people, places and organisations as the source gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carehub.careplan.plan import Fact
from carehub.fhir.resource import Resource, many, text


def human(name: Any) -> str:
    """ "Dr Amina Khan" from a HumanName: its parts in spoken order, else its text. "" when it says nothing."""
    if isinstance(name, str):
        return name.strip()
    if not isinstance(name, dict):
        return ""
    parts = [*many(name, "prefix"), *many(name, "given"), name.get("family") or "", *many(name, "suffix")]
    spoken = " ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
    return spoken if text(name, "family") else text(name, "text") or spoken


def best(resource: Resource) -> Any:
    """The HumanName in use: official or usual, not old, not ended; else the first. None when there is none."""
    names = [name for name in many(resource, "name") if isinstance(name, dict)]
    live = [n for n in names if n.get("use") not in ("old", "maiden", "nickname", "anonymous", "temp") and not text(n, "period", "end")]
    ranked = sorted(live or names, key=lambda n: _USES.get(str(n.get("use") or ""), 2))
    return ranked[0] if ranked else None


_USES = {"official": 0, "usual": 1}


def of(resource: Resource) -> str:
    """What a Practitioner, Organization, RelatedPerson, Location, CareTeam or Patient is called; "" when it has no name."""
    name = resource.get("name")
    if isinstance(name, str):
        return name.strip()
    return human(best(resource))


def address(value: Any) -> str:
    """One Address on one line, its parts in order and from this address only (REC-09)."""
    if isinstance(value, str):
        return value.strip()
    if not isinstance(value, dict):
        return ""
    parts = [*many(value, "line"), *(value.get(part) for part in ("city", "district", "state", "postalCode", "country"))]
    line = ", ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
    return line or text(value, "text")


def contacts(resource: Resource) -> Iterator[Fact]:
    """Telephone numbers, e-mail and other ways to reach somebody, each with its use as the source labels it."""
    for point in many(resource, "telecom"):
        value = text(point, "value") if isinstance(point, dict) else ""
        if value and not text(point, "period", "end"):
            use = text(point, "use")
            yield Fact(_WAYS.get(text(point, "system"), "Contact"), f"{value} ({use})" if use else value)


_WAYS = {"phone": "Telephone", "sms": "Text message", "email": "Email", "fax": "Fax", "pager": "Pager", "url": "Web address"}
