"""A disclosed record as an International Patient Summary (https://hl7.org/fhir/uv/ips): a document of what is current, with honest empty sections. Pure.

Records stand in it exactly as each source told them; they are not claimed to meet the summary's profiles of single entries. The sources' own Patients
are left out, since the summary's Bundle holds one Patient (entry:patient 1..1); that one's links name them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from carehub.api.detected_issue import detected_issue
from carehub.api.document import Part, disagreements_section, empty_reason, line, narrative, source_parts, sources_section
from carehub.api.golden import golden_patient
from carehub.careplan.plan import Entry, SectionState
from carehub.fhir.canonical import dumps, loads
from carehub.fhir.references import find
from carehub.fhir.resource import Resource
from carehub.governance.redaction import Disclosed
from carehub.hub.reading import PersonRecord, StoredBody
from carehub.terms.codes import LOINC
from carehub.terms.moments import iso
from carehub.terms.refs import derived_id

BUNDLE = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips|2.0.0"
COMPOSITION = "http://hl7.org/fhir/uv/ips/StructureDefinition/Composition-uv-ips|2.0.0"
_ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}


class _Kind(NamedTuple):
    """A section of the summary. key: the plan's section that fills it. types: what it may point at. current: entries that are current, that are
    not, or None for both. newest: of what has one title only the newest."""

    title: str
    code: str
    display: str
    key: str
    types: tuple[str, ...]
    current: bool | None = None
    newest: bool = False


# The first three are required of a summary.
_KINDS = (
    _Kind(
        "Medication Summary",
        "10160-0",
        "History of Medication use Narrative",
        "medicines",
        ("MedicationStatement", "MedicationRequest"),
        current=True,
    ),
    _Kind("Allergies and Intolerances", "48765-2", "Allergies and adverse reactions Document", "allergies", ("AllergyIntolerance",)),
    _Kind("Problem List", "11450-4", "Problem list - Reported", "problems", ("Condition",), current=True),
    _Kind("History of Past Problems", "11348-0", "History of Past illness note", "problems", ("Condition",), current=False),
    _Kind("Alerts", "104605-1", "Alert", "alerts", ("Flag",), current=True),
    _Kind("Advance Directives", "42348-3", "Advance healthcare directives", "advance", ("Consent",), current=True),
    _Kind("Immunizations", "11369-6", "History of Immunization Narrative", "immunisations", ("Immunization",)),
    _Kind(
        "Results",
        "30954-2",
        "Relevant diagnostic tests/laboratory data note",
        "results",
        ("Observation", "DiagnosticReport"),
        newest=True,
    ),
    _Kind("Plan of Care", "18776-5", "Plan of care note", "plan", ("CarePlan",), current=True),
)


def patient_summary(record: Disclosed[PersonRecord], bodies: Sequence[StoredBody]) -> Iterator[Part]:
    """The entries of the document Bundle, the Composition first; then the person, whatever the sections point at and what that points at in turn, and
    a Provenance for each source record. bodies: what policy released."""
    plan = record.value.plan
    held = {f"{body.type}/{body.id}": body for body in bodies}
    issues = [detected_issue(one, plan.person, held) for one in record.value.progress if one.standing]
    patient, author = _patient(record), _author()
    sections = [section for kind in _KINDS if (section := _section(kind, record, set(held))) is not None]
    coded = [
        {**one, "code": {"text": one["title"]}}
        for one in (*map(disagreements_section, [issues] if issues else []), sources_section(record))
    ]
    composition = {
        "resourceType": "Composition",
        "id": derived_id("summary", plan.person),
        "meta": {"profile": [COMPOSITION]},
        "status": "final",
        "type": {"coding": [{"system": LOINC, "code": "60591-5", "display": "Patient summary Document"}]},
        "subject": {"reference": f"Patient/{plan.person}"},
        "date": iso(record.value.built_at),
        "author": [{"reference": f"Device/{author['id']}"}],
        "title": "International Patient Summary",
        "section": [*sections, *coded],
    }
    yield f"Composition/{composition['id']}", dumps(composition)
    yield f"Patient/{plan.person}", dumps(patient)
    yield f"Device/{author['id']}", dumps(author)
    for found in issues:
        yield f"DetectedIssue/{found['id']}", dumps(found)
    yield from source_parts([held[at] for at in _reached([composition, patient, *issues], held)])


def _section(kind: _Kind, record: Disclosed[PersonRecord], served: set[str]) -> Resource | None:
    """None for past problems where there are none: the list of problems says what there is to say."""
    view = record.value
    found = view.plan.section(kind.key)
    states = view.section_states.get(kind.key, found.states)
    shown = [entry for entry in found.entries if kind.current in (None, entry.active)]
    if kind.current is False and not shown:
        return None
    shown = _newest(shown) if kind.newest else shown
    out = len(found.entries) - len(shown) if kind.current is not False else 0
    masked = any(mask.section == kind.key for mask in record.masks)
    label = [view.allergy_label] if kind.key == "allergies" and not masked else []
    rest = [f"{out} more, not current or not the newest, not in this summary"] if out else []
    lines = [*label, *map(line, shown), *rest, *dict.fromkeys(state.sentence for state in states)]
    references = [{"reference": at} for at in _records(shown) if at in served and at.partition("/")[0] in kind.types]
    return {
        "title": kind.title,
        "code": {"coding": [{"system": LOINC, "code": kind.code, "display": kind.display}]},
        "text": narrative(lines or ["Nothing recorded in the sources carehub can see"]),
        **({"entry": references} if references else {"emptyReason": _why_empty(shown, rest, states)}),
    }


def _why_empty(shown: Sequence[Entry], rest: Sequence[str], states: Sequence[SectionState]) -> Resource:
    """The sources' own states; words only, without a code, where there is something that the section cannot point at."""
    reason = empty_reason(states)
    if shown or rest:
        said = [*rest, *([f"{len(shown)} told in the text of this section"] if shown else []), reason["text"]]
        return {"text": "; ".join(said)}
    return reason


def _newest(entries: Sequence[Entry]) -> list[Entry]:
    newest: dict[str, Entry] = {}
    for entry in entries:
        held = newest.get(entry.title)
        if held is None or entry.when > held.when:
            newest[entry.title] = entry
    return [entry for entry in entries if newest[entry.title] is entry]


def _records(entries: Sequence[Entry]) -> dict[str, None]:
    rows = (row for entry in entries for row in (entry, *entry.members))
    return dict.fromkeys(told.record for row in rows for told in row.attributions)


def _reached(roots: Sequence[Resource], held: dict[str, StoredBody]) -> dict[str, None]:
    """What is held of everything that these point at, and of what that points at; no Patient."""
    reached: dict[str, None] = {}
    ahead = [at for root in roots for _, at in find(root)]
    while ahead:
        at = ahead.pop(0)
        if at in held and at not in reached and held[at].type != "Patient":
            reached[at] = None
            ahead += [further for _, further in find(loads(held[at].body))]
    return reached


def _patient(record: Disclosed[PersonRecord]) -> Resource:
    """The golden Patient; a summary says also that a name or birth date is not known."""
    patient = golden_patient(record.value.plan)
    patient.setdefault("name", [{"_text": {"extension": [_ABSENT]}}])
    return patient if "birthDate" in patient else {**patient, "_birthDate": {"extension": [_ABSENT]}}


def _author() -> Resource:
    name = "carehub, from the sources named in each record's Provenance"
    return {"resourceType": "Device", "id": derived_id("device", "carehub"), "deviceName": [{"name": name, "type": "user-friendly-name"}]}
