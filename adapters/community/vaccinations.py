"""The national vaccination batch: one row of the pipe-separated file to a Patient and an Immunization.

Source: the national batch layout (34 columns) and its published samples. A vaccination is known by UNIQUE_ID within UNIQUE_ID_URI, and so is
the patient record that it tells of: a row that corrects who was vaccinated corrects that record, and a delete finds it without any name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from carehub.feeds.formats.tables import read_row
from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import content_hash
from carehub.fhir.resource import Resource
from carehub.terms.codes import SNOMED, ukcore
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import ODS_SYSTEM, SourceKind, SourceOrganisation

from . import vaccination_row as columns
from .draft import Draft, Notes
from .identity import nhs_identifier
from .naming import NO_PLACE, organisation, uri
from .snomed import snomed_id
from .tables import table
from .timing import batch_moment, day
from .vaccination_row import DELIMITER, Cells, cells_of, person_of, unknown_columns

ACTIONS = {"new": "1", "update": "2", "delete": "3"}
PROCEDURE = ukcore("Extension:VaccinationProcedure")
_UNKNOWN_VACCINE = {"system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK", "display": "Unknown"}
_ADMINISTERED = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0443", "code": "AP", "display": "Administering Provider"}]}

_SEXES = table("sexes")
_SYSTEMS = table("vaccination_systems")
_AMOUNT = re.compile(r"\d{1,6}(?:\.\d{1,6})?\Z", re.ASCII)
_WHOLE = re.compile(r"[1-9]\d{0,3}\Z", re.ASCII)


@lru_cache(maxsize=1024)
def supplier(uri: str) -> SourceOrganisation:
    """The system that keeps the vaccination's ids: by codes/vaccination_systems.csv, else by the address itself."""
    code = re.sub(r"^https?://", "", uri.strip().casefold()).rstrip("/")
    row = _SYSTEMS.get(code)
    return SourceOrganisation(row["code"], row["name"], SourceKind.COMMUNITY) if row else SourceOrganisation(code, "", SourceKind.COMMUNITY)


def map_row(body: bytes, *, another: bool = False) -> Mapped:
    """One message of the batch. another: this row's id was used before, in the same file, for somebody else (MAP-018): it is kept apart.

    Raises Rejected: as read_row; Unmappable MAP-002 without an id of the vaccination, MAP-003 for an action that is none of the three.
    """
    row = read_row(body, DELIMITER)
    cells = cells_of(row)
    known, space, action = cells[columns.NAMED]
    if not known or not space.strip("/:"):
        raise Unmappable(issue("MAP-002", at="UNIQUE_ID" if not known else "UNIQUE_ID_URI"))
    action = action.casefold()
    if action not in ACTIONS:
        raise Unmappable(issue("MAP-003", at="ACTION_FLAG"))
    source = supplier(space)
    if not source.code:
        raise Unmappable(issue("MAP-002", at="UNIQUE_ID_URI"))
    draft = Draft(source, f"vaccination|{known}" + (f"|{content_hash(person_of(cells))}" if another else ""))
    if another:
        draft.note("MAP-018", "UNIQUE_ID", "Immunization")
    if action != "delete" or person_of(cells):
        _patient(draft, *cells[columns.PERSON])
    local = f"{space}|{known}"
    if action == "delete":
        draft.add("Immunization", local, {}, at="row", change="withdrawn")
    else:
        draft.add("Immunization", local, _immunization(draft, cells, known, space), at="row")
    for column in unknown_columns(row):
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


def _patient(draft: Draft, nhs: str, given: str, family: str, born: str, sex: str, postcode: str) -> None:
    told: Resource = {}
    number, refused = nhs_identifier(nhs, "", draft.source.code)
    if refused:
        draft.note("MAP-009", "NHS_NUMBER", "Patient")
    if number:
        told["identifier"] = [number]
    if given or family:
        told["name"] = [_name(given, family)]
    if sex in _SEXES:
        told["gender"] = _SEXES[sex]["gender"]
    elif sex:
        draft.note("MAP-006", "PERSON_GENDER_CODE", "Patient")
    _date(draft, born, "PERSON_DOB", told, "birthDate", "Patient")
    if postcode:
        told["address"] = [{"postalCode": postcode}]
    draft.add("Patient", "", told, at="row")


def _name(given: str, family: str) -> Resource:
    if family and given:
        return {"family": family, "given": [given]}
    return {"family": family} if family else {"given": [given]}


def _date(draft: Draft, sent: str, column: str, into: Resource, element: str, about: str) -> None:
    value = day(sent) if sent else ""
    if value:
        into[element] = value
    elif sent:
        draft.note("MAP-010", column, about)


def _immunization(draft: Draft, cells: Cells, known: str, space: str) -> Resource:
    told: Resource = {"identifier": [{"system": uri(space), "value": known}], "status": "completed", "patient": draft.subject}
    told |= _portion(draft, _vaccine, cells[columns.PROCEDURE] + cells[columns.PRODUCT])
    when, (recorded, primary) = cells[columns.WHEN], cells[columns.RECORDED]
    given = batch_moment(when)
    if given:
        told["occurrenceDateTime"] = given
    else:
        if when:
            draft.note("MAP-010", "DATE_AND_TIME", "Immunization")
        told["occurrenceString"] = "Date not given"
    _date(draft, recorded, "RECORDED_DATE", told, "recorded", "Immunization")
    primary = primary.upper()
    if primary in ("TRUE", "FALSE"):
        told["primarySource"] = primary == "TRUE"
    elif primary:
        draft.note("MAP-006", "PRIMARY_SOURCE", "Immunization")
    told |= _portion(draft, _place, cells[columns.PLACE])
    told |= _portion(draft, _injection, cells[columns.INJECTION])
    if performers := _performers(draft, cells):
        told["performer"] = performers
    told |= _portion(draft, _course, cells[columns.INDICATION] + cells[columns.SEQUENCE])
    if "expirationDate" in told and given and told["expirationDate"] < given[:10]:
        told["note"] = [{"text": f"As sent, the batch expired on {told['expirationDate']}, before the vaccination."}]
    return told


def _performers(draft: Draft, cells: Cells) -> list[Resource]:
    """Who gave it, as a record of this patient's, and for whom."""
    local, person, sites = _at_work(*cells[columns.PROFESSIONAL], *cells[columns.SITE])
    if not local:
        return [*sites]
    reference = draft.add("Practitioner", local, person, at="row")
    return [{"function": _ADMINISTERED, "actor": {"reference": reference}}, *sites]


# ---- What many rows of a batch say in the same words: told once ----

_Tell = Callable[..., Resource]


def _portion(draft: Draft, told: _Tell, cells: Cells) -> Resource:
    """The elements that `told` makes of these cells; what it notes is noted. It may look at nothing else but the source's code."""
    elements, notes = _told_once(told, draft.source.code, cells)
    if notes:
        draft.take(notes)
    return elements


@lru_cache(maxsize=4096)
def _told_once(told: _Tell, source: str, cells: Cells) -> tuple[Resource, Notes]:
    draft = Draft(SourceOrganisation(source, "", SourceKind.COMMUNITY), "")
    return told(draft, *cells), draft.notes()


def _vaccine(draft: Draft, procedure: str, procedure_term: str, product: str, product_term: str) -> Resource:
    done = draft.snomed(procedure, procedure_term, "VACCINATION_PROCEDURE_CODE", "Immunization")
    used = draft.snomed(product, product_term, "VACCINE_PRODUCT_CODE", "Immunization")
    unnamed = {"coding": [_UNKNOWN_VACCINE], "text": (done or {}).get("text", "Vaccine not named")}
    told: Resource = {"vaccineCode": used or unnamed}
    if done:
        told["extension"] = [{"url": PROCEDURE, "valueCodeableConcept": done}]
    return told


def _place(draft: Draft, code: str, system: str) -> Resource:
    if not code:
        return {}
    if code.upper() in NO_PLACE:
        draft.note("MAP-014", "LOCATION_CODE", "Immunization")
        return {}
    return {"location": {"type": "Location", "identifier": _identifier(code, system), "display": code}}


def _injection(
    draft: Draft, maker: str, batch: str, expiry: str, site: str, site_term: str, route: str, route_term: str, *dose: str
) -> Resource:
    told: Resource = {}
    if maker:
        told["manufacturer"] = {"display": maker}
    if batch:
        told["lotNumber"] = batch
    _date(draft, expiry, "EXPIRY_DATE", told, "expirationDate", "Immunization")
    for element, code, term in (("site", site, site_term), ("route", route, route_term)):
        concept = draft.snomed(code, term, f"{element.upper()}_OF_VACCINATION_CODE", "Immunization")
        if concept:
            told[element] = concept
    quantity = _dose(draft, *dose)
    if quantity:
        told["doseQuantity"] = quantity
    return told


def _dose(draft: Draft, amount: str, code: str, unit: str) -> Resource | None:
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


def _course(draft: Draft, reason: str, sequence: str) -> Resource:
    told: Resource = {}
    if reason:
        told["reasonCode"] = [draft.snomed(reason, "", "INDICATION_CODE", "Immunization")]
    if sequence:
        plain = {"doseNumberPositiveInt": int(sequence)} if _WHOLE.match(sequence) else {"doseNumberString": sequence}
        told["protocolApplied"] = [plain]
    return told


@lru_cache(maxsize=4096)
def _at_work(given: str, family: str, site: str, system: str) -> tuple[str, Resource, tuple[Resource, ...]]:
    """The practitioner's local id, "" for none, and elements; the site as a performer."""
    local, person = (f"{given}|{family}", {"name": [_name(given, family)]}) if given or family else ("", {})
    if not site:
        return local, person, ()
    ods = organisation(site) if system in ("", ODS_SYSTEM) else None
    return local, person, ({"actor": ods or {"type": "Organization", "identifier": _identifier(site, system), "display": site}},)


def _identifier(code: str, system: str) -> dict[str, str]:
    return {"system": uri(system), "value": code} if system else {"value": code}
