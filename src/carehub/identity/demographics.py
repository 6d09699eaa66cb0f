"""Demographics: what matching may look at, read from a source Patient."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Demographics:
    """One patient record as matching sees it; "" or () where the source said nothing usable.

    nhs_number: ten digits that passed every check, else "". trusted: the number may be used for linking (valid, not a placeholder, and the
    source does not say it is unverified). birth_date: FHIR date as told. family, given: as told; family_key, given_key: standardised.
    deceased: the FHIR date, "true", or "". kind: SourceKind value. source: organisation code.
    """

    nhs_number: str = ""
    trusted: bool = False
    birth_date: str = ""
    family: str = ""
    given: str = ""
    family_key: str = ""
    given_key: str = ""
    gender: str = ""
    postcode: str = ""
    phones: tuple[str, ...] = ()
    address_line: str = ""
    deceased: str = ""
    kind: str = ""
    source: str = ""
