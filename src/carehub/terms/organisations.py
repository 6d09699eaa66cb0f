"""Source organisations, the five sectors, the national services that are asked, the person, and the team that works with carehub."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ODS_SYSTEM = "https://fhir.nhs.uk/Id/ods-organization-code"


class SourceKind(StrEnum):
    """The sector of a source. The value is used in manifests and stored rows."""

    GP = "gp"
    COMMUNITY = "community"
    ACUTE = "acute"
    LOCAL_AUTHORITY = "local_authority"
    VOLUNTARY = "voluntary"
    NATIONAL = "national"
    PERSON = "person"
    TEAM = "team"

    @property
    def badge(self) -> str:
        """The words of the source badge (SCREENS 3.0.4)."""
        return _BADGES[self]


_BADGES = {
    SourceKind.GP: "GP",
    SourceKind.COMMUNITY: "Community",
    SourceKind.ACUTE: "Hospital",
    SourceKind.LOCAL_AUTHORITY: "Social care",
    SourceKind.VOLUNTARY: "Voluntary",
    SourceKind.NATIONAL: "PDS",
    SourceKind.PERSON: "Person",
    SourceKind.TEAM: "Entered here",
}


@dataclass(frozen=True, slots=True, order=True)
class SourceOrganisation:
    """The organisation that told us. code is its ODS code, else the sender's own code for itself. name may be ""."""

    code: str
    name: str
    kind: SourceKind

    @property
    def title(self) -> str:
        return self.name or self.code
