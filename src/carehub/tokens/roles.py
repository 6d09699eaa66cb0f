"""A sign-in's claims to roles of this hub, by the site's own table. A role or an organisation that the table does not name is not offered."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carehub.governance.policy import TABLE
from carehub.governance.requester import Requester
from carehub.terms.errors import Refused
from carehub.terms.issue_catalogue import issue


@dataclass(frozen=True, slots=True)
class RoleRow:
    """code: a job role code of national RBAC ("R8000"), or a whole role code ("S8000:G8000:R8000"). role, purpose: a row of the policy table.
    organisations: only there; empty for everywhere."""

    code: str
    role: str
    purpose: str
    organisations: frozenset[str] = frozenset()

    def fits(self, code: str, organisation: str) -> bool:
        """Whether it speaks of this claimed role at this organisation."""
        return self.code in (code, code.rpartition(":")[2]) and (not self.organisations or organisation in self.organisations)


@dataclass(frozen=True, slots=True)
class RoleMap:
    """rows: the first that fits wins. organisations: code to name, of those whose people may sign in here."""

    rows: tuple[RoleRow, ...]
    organisations: Mapping[str, str]

    def offered(self, claims: Mapping[str, Any]) -> list[Requester]:
        """Who the user may be here, of the roles that the provider says they hold (NHS CIS2: `nhsid_nrbac_roles` of scope nationalrbacaccess), in
        the provider's order; narrowed to `selected_roleid` where the user has chosen there. Raises Refused (SIGN-003) when there is none."""
        user = _text(claims, "nhsid_useruid") or _text(claims, "uid") or _text(claims, "sub")
        name = _text(claims, "name") or " ".join(filter(None, (_text(claims, "given_name"), _text(claims, "family_name")))) or user
        told = claims.get("nhsid_nrbac_roles")
        roles = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
        if selected := _text(claims, "selected_roleid"):
            roles = [one for one in roles if one.get("person_roleid") == selected]
        offered = [self._as(user, name, _text(one, "role_code"), _text(one, "org_code")) for one in roles]
        if not user or not any(offered):
            raise Refused(issue("SIGN-003"))
        return list(dict.fromkeys(filter(None, offered)))

    def holds(self, one: Requester) -> bool:
        """Whether the table still has this role at this organisation: sessions outlive a change of it."""
        rows = (row for row in self.rows if (row.role, row.purpose) == (one.role, one.purpose))
        return one.organisation in self.organisations and any(
            not row.organisations or one.organisation in row.organisations for row in rows
        )

    def _as(self, user: str, name: str, code: str, organisation: str) -> Requester | None:
        known = self.organisations.get(organisation)
        row = next((row for row in self.rows if row.fits(code, organisation)), None) if code and known else None
        return Requester(user, name, row.role, organisation, known or organisation, row.purpose) if row else None


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value.strip() if isinstance(value, str) else ""


def read_roles(text: str) -> RoleMap:
    """The site's table of roles and organisations, TOML. Raises ValueError, saying which row, for one that could not be meant."""
    told = tomllib.loads(text)
    if set(told) - {"role", "organisation"}:
        raise ValueError(f"unknown: {', '.join(sorted(set(told) - {'role', 'organisation'}))}")
    organisations = {}
    for place in told.get("organisation", []):
        if set(place) != {"code", "name"} or not all(isinstance(v, str) and v.strip() for v in place.values()):
            raise ValueError("an organisation has a code and a name")
        organisations[place["code"]] = place["name"]
    rows = []
    for number, row in enumerate(told.get("role", []), 1):
        if not {"code", "role", "purpose"} <= set(row) <= {"code", "role", "purpose", "organisations"}:
            raise ValueError(f"role {number} has code, role, purpose and, where it holds only there, organisations")
        places = frozenset(row.get("organisations", ()))
        if (row["role"], row["purpose"]) not in TABLE:
            raise ValueError(f"role {number}: no row of the policy table is for {row['role']} and {row['purpose']}")
        if not places <= organisations.keys():
            raise ValueError(f"role {number} names an organisation that is not listed")
        rows.append(RoleRow(row["code"], row["role"], row["purpose"], places))
    return RoleMap(tuple(rows), organisations)
