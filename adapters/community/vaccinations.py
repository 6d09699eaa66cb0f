"""The national vaccination batch: one row of the pipe-separated file to a Patient and an Immunization.

Source: the national batch layout (34 columns) and its published samples. A vaccination is known by UNIQUE_ID within UNIQUE_ID_URI, and so is
the patient record that it tells of: a row that corrects who was vaccinated corrects that record, and a delete finds it without any name.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from carehub.feeds.formats.tables import Row, key, read_row
from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import content_hash
from carehub.fhir.resource import Resource
from carehub.terms import nhs_number
from carehub.terms.codes import SNOMED, ukcore
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import ODS_SYSTEM, SourceKind, SourceOrganisation

from .draft import Draft
from .identity import nhs_identifier
from .naming import NO_PLACE, organisation, uri
from .snomed import snomed_id
from .tables import table
from .timing import batch_moment, day

DELIMITER = "|"
REQUIRED = ("UNIQUE_ID", "UNIQUE_ID_URI", "ACTION_FLAG")
ACTIONS = {"new": "1", "update": "2", "delete": "3"}
PROCEDURE = ukcore("Extension:VaccinationProcedure")
_UNKNOWN_VACCINE = {"system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK", "display": "Unknown"}
_ADMINISTERED = {"system": "http://terminology.hl7.org/CodeSystem/v2-0443", "code": "AP", "display": "Administering Provider"}

_KNOWN = frozenset(table("vaccination_columns"))
_SEXES = table("sexes")
_SYSTEMS = table("vaccination_systems")
_AMOUNT = re.compile(r"\d{1,6}(?:\.\d{1,6})?\Z", re.ASCII)
_WHOLE = re.compile(r"[1-9]\d{0,3}\Z", re.ASCII)
_ESCAPED = re.compile(r"\\(['\"\\])")


def supplier(uri: str) -> SourceOrganisation:
    """The system that keeps the vaccination's ids: by codes/vaccination_systems.csv, else by the address itself."""
    code = re.sub(r"^https?://", "", uri.strip().casefold()).rstrip("/")
    row = _SYSTEMS.get(code)
    return SourceOrganisation(row["code"], row["name"], SourceKind.COMMUNITY) if row else SourceOrganisation(code, "", SourceKind.COMMUNITY)


def person_of(row: Row) -> str:
    """What tells the people of two rows apart: a usable NHS number, else birth date and names; "" when the row names nobody."""
    number = nhs_number.valid(_text(row, "NHS_NUMBER"))
    if number:
        return number
    parts = (_text(row, "PERSON_DOB"), _text(row, "PERSON_SURNAME").casefold(), _text(row, "PERSON_FORENAME").casefold())
    return "|".join(parts) if any(parts) else ""


def map_row(body: bytes, *, another: bool = False) -> Mapped:
    """One message of the batch. another: this row's id was used before, in the same file, for somebody else (MAP-018): it is kept apart.

    Raises Rejected: as read_row; Unmappable MAP-002 without an id of the vaccination, MAP-003 for an action that is none of the three.
    """
    row = read_row(body, DELIMITER)
    known, space = _text(row, "UNIQUE_ID"), _text(row, "UNIQUE_ID_URI")
    if not known or not space.strip("/:"):
        raise Unmappable(issue("MAP-002", at="UNIQUE_ID" if not known else "UNIQUE_ID_URI"))
    action = _text(row, "ACTION_FLAG").casefold()
    if action not in ACTIONS:
        raise Unmappable(issue("MAP-003", at="ACTION_FLAG"))
    source = supplier(space)
    if not source.code:
        raise Unmappable(issue("MAP-002", at="UNIQUE_ID_URI"))
    person = person_of(row)
    draft = Draft(source, f"vaccination|{known}" + (f"|{content_hash(person)}" if another else ""))
    if another:
        draft.note("MAP-018", "UNIQUE_ID", "Immunization")
    if person or action != "delete":
        _patient(draft, row)
    local = f"{space}|{known}"
    if action == "delete":
        draft.add("Immunization", local, {}, at="row", change="withdrawn")
    else:
        draft.add("Immunization", local, _immunization(draft, row, known, space), at="row")
    for column in _unknown(row.header.names):
        if row.cells[column - 1]:
            draft.note("MAP-005", f"column {column}")
    return Mapped(
        source=source,
        patient=draft.patient,
        kind=f"vaccination {action}",
        recorded="",  # the batch says when the vaccination was recorded, never when the row was written: the order is that of arrival
        records=draft.records(),
        sequence=ACTIONS[action],
        issues=draft.issues(),
    )


def _text(row: Row, name: str) -> str:
    """A cell; a backslash before a quotation mark is the sender's escape."""
    cell = row.text(name)
    return _ESCAPED.sub(r"\1", cell).strip() if "\\" in cell else cell


@lru_cache(maxsize=64)
def _unknown(names: tuple[str, ...]) -> tuple[int, ...]:
    """Columns, counted from 1, that the batch does not have."""
    return tuple(place for place, name in enumerate(names, 1) if key(name) not in _KNOWN)


def _patient(draft: Draft, row: Row) -> None:
    told: Resource = {}
    number, refused = nhs_identifier(_text(row, "NHS_NUMBER"), "", draft.source.code)
    if refused:
        draft.note("MAP-009", "NHS_NUMBER", "Patient")
    if number:
        told["identifier"] = [number]
    given, family = _text(row, "PERSON_FORENAME"), _text(row, "PERSON_SURNAME")
    if given or family:
        told["name"] = [({"family": family} if family else {}) | ({"given": [given]} if given else {})]
    sex = _text(row, "PERSON_GENDER_CODE")
    if sex in _SEXES:
        told["gender"] = _SEXES[sex]["gender"]
    elif sex:
        draft.note("MAP-006", "PERSON_GENDER_CODE", "Patient")
    _date(draft, row, "PERSON_DOB", told, "birthDate", "Patient")
    postcode = _text(row, "PERSON_POSTCODE")
    if postcode:
        told["address"] = [{"postalCode": postcode}]
    draft.add("Patient", "", told, at="row")


def _date(draft: Draft, row: Row, column: str, into: Resource, element: str, about: str) -> None:
    sent = _text(row, column)
    value = day(sent) if sent else ""
    if value:
        into[element] = value
    elif sent:
        draft.note("MAP-010", column, about)


def _coded(draft: Draft, row: Row, stem: str) -> dict[str, Any] | None:
    return draft.snomed(_text(row, f"{stem}_CODE"), _text(row, f"{stem}_TERM"), f"{stem}_CODE", "Immunization")


def _immunization(draft: Draft, row: Row, known: str, space: str) -> Resource:
    told: Resource = {"identifier": [{"system": uri(space), "value": known}], "status": "completed"}
    procedure = _coded(draft, row, "VACCINATION_PROCEDURE")
    if procedure:
        told["extension"] = [{"url": PROCEDURE, "valueCodeableConcept": procedure}]
    product = _coded(draft, row, "VACCINE_PRODUCT")
    if product is None:
        product = {"coding": [_UNKNOWN_VACCINE], "text": (procedure or {}).get("text", "Vaccine not named")}
    told["vaccineCode"] = product
    told["patient"] = draft.subject
    given = batch_moment(_text(row, "DATE_AND_TIME"))
    if given:
        told["occurrenceDateTime"] = given
    else:
        if _text(row, "DATE_AND_TIME"):
            draft.note("MAP-010", "DATE_AND_TIME", "Immunization")
        told["occurrenceString"] = "Date not given"
    _date(draft, row, "RECORDED_DATE", told, "recorded", "Immunization")
    primary = _text(row, "PRIMARY_SOURCE").upper()
    if primary in ("TRUE", "FALSE"):
        told["primarySource"] = primary == "TRUE"
    elif primary:
        draft.note("MAP-006", "PRIMARY_SOURCE", "Immunization")
    place = _place(draft, row)
    if place:
        told["location"] = place
    if maker := _text(row, "VACCINE_MANUFACTURER"):
        told["manufacturer"] = {"display": maker}
    if batch := _text(row, "BATCH_NUMBER"):
        told["lotNumber"] = batch
    _date(draft, row, "EXPIRY_DATE", told, "expirationDate", "Immunization")
    for element, stem in (("site", "SITE_OF_VACCINATION"), ("route", "ROUTE_OF_VACCINATION")):
        concept = _coded(draft, row, stem)
        if concept:
            told[element] = concept
    dose = _dose(draft, row)
    if dose:
        told["doseQuantity"] = dose
    performers = _performers(draft, row)
    if performers:
        told["performer"] = performers
    if reason := _text(row, "INDICATION_CODE"):
        told["reasonCode"] = [draft.snomed(reason, "", "INDICATION_CODE", "Immunization")]
    if sequence := _text(row, "DOSE_SEQUENCE"):
        plain = {"doseNumberPositiveInt": int(sequence)} if _WHOLE.match(sequence) else {"doseNumberString": sequence}
        told["protocolApplied"] = [plain]
    if "expirationDate" in told and given and told["expirationDate"] < given[:10]:
        told["note"] = [{"text": f"As sent, the batch expired on {told['expirationDate']}, before the vaccination."}]
    return told


def _place(draft: Draft, row: Row) -> Resource | None:
    code, system = _text(row, "LOCATION_CODE"), _text(row, "LOCATION_CODE_TYPE_URI")
    if not code:
        return None
    if code.upper() in NO_PLACE:
        draft.note("MAP-014", "LOCATION_CODE", "Immunization")
        return None
    return {"type": "Location", "identifier": _identifier(code, system), "display": code}


def _identifier(code: str, system: str) -> dict[str, str]:
    return {"system": uri(system), "value": code} if system else {"value": code}


def _dose(draft: Draft, row: Row) -> Resource | None:
    amount, code, unit = _text(row, "DOSE_AMOUNT"), _text(row, "DOSE_UNIT_CODE"), _text(row, "DOSE_UNIT_TERM")
    if not amount:
        return None
    if not _AMOUNT.match(amount):
        draft.note("MAP-007", "DOSE_AMOUNT", "Immunization")
        return {"unit": " ".join(part for part in (amount, unit) if part)}
    told: Resource = {"value": Decimal(amount)}
    if unit or code:
        told["unit"] = unit or code
    if snomed_id(code):
        told |= {"system": SNOMED, "code": code}
    return told


def _performers(draft: Draft, row: Row) -> list[Resource]:
    found: list[Resource] = []
    given, family = _text(row, "PERFORMING_PROFESSIONAL_FORENAME"), _text(row, "PERFORMING_PROFESSIONAL_SURNAME")
    if given or family:
        name = ({"family": family} if family else {}) | ({"given": [given]} if given else {})
        reference = draft.add("Practitioner", f"{given}|{family}", {"name": [name]}, at="row")
        found.append({"function": {"coding": [_ADMINISTERED]}, "actor": {"reference": reference}})
    site, system = _text(row, "SITE_CODE"), _text(row, "SITE_CODE_TYPE_URI")
    if site:
        ods = organisation(site) if system in ("", ODS_SYSTEM) else None
        found.append({"actor": ods or {"type": "Organization", "identifier": _identifier(site, system), "display": site}})
    return found
