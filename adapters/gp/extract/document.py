"""The bytes of a GP2GP EHR extract to an opened record: STU3 resources with their places, as a GP Connect answer gives them."""

from __future__ import annotations

from collections import Counter
from functools import partial
from xml.etree.ElementTree import Element

from carehub.feeds.formats.xml import parse_xml
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue

from ..bundle import Found, Opened
from ..codes.oids import NHS_NUMBER, NHS_NUMBER_IN_EXTRACTS
from . import agents, problems
from .consultations import Topics, composition
from .medicines import courses
from .notebook import PATIENT, Notebook, Setting
from .v3 import V3, attribute, child, children, identity, name, when

KINDS = ("RCMR_IN030000UK06", "RCMR_IN030000UK07")
_WHOLE_RECORD = "715751000000105"
_NHS_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"


def open_extract(body: bytes) -> Opened:
    """One EHR extract. Raises Unreadable (GATE-001, 003, 006, 007) for bytes that are not safe XML; Unmappable MAP-003 for another kind of
    message, MAP-001 when the extract has no folder, MAP-002 when it names no patient, MAP-013 when it names several."""
    root = parse_xml(body)
    kind = name(root)
    if kind not in KINDS or not root.tag.startswith(V3):
        raise Unmappable(issue("MAP-003"))
    extract = child(root, "ControlActEvent", "subject", "EhrExtract")
    folders = list(children(extract, "component", "ehrFolder"))
    if extract is None or not folders:
        raise Unmappable(issue("MAP-001", at="EhrExtract.component.ehrFolder"))
    book = Notebook()
    _patient(extract, book)
    book.acts = {id: act for act in root.iter() if act.tag in _STATEMENTS and (id := identity(act))}
    for position, folder in enumerate(folders):
        _folder(folder, book, f"EhrExtract.ehrFolder[{position}]")
    limits = Counter(attribute(one, "code", "code") for one in children(extract, "limitation", "limitingEhrExtractSpecification"))
    return Opened(
        bundle={"resourceType": "Bundle", "type": "collection"},
        found=book.found,
        unreadable=book.missed,
        kind=kind,
        recorded=when(extract, "availabilityTime") or when(root, "creationTime"),
        complete=limits.keys() == {_WHOLE_RECORD},
        unmapped=book.unmapped,
    )


_STATEMENTS = frozenset(
    V3 + kind
    for kind in (
        "ObservationStatement",
        "NarrativeStatement",
        "PlanStatement",
        "RequestStatement",
        "MedicationStatement",
        "CompoundStatement",
        "LinkSet",
    )
)


def _patient(extract: Element, book: Notebook) -> None:
    """The patient, known by NHS number alone: an extract has no name, no birth date and no address."""
    numbers = [
        (one.get("extension") or "").strip()
        for one in children(extract, "recordTarget", "patient", "id")
        if one.get("root") in (NHS_NUMBER, NHS_NUMBER_IN_EXTRACTS)
    ]
    told = sorted({number for number in numbers if number})
    if not told:
        raise Unmappable(issue("MAP-002", at="EhrExtract.recordTarget"))
    if len(told) > 1:
        raise Unmappable(issue("MAP-013", at="EhrExtract.recordTarget", about="Patient", count=len(told)))
    code, practice = agents.organisation_of(child(extract, "author"), book, "EhrExtract.author")
    patient = {"resourceType": "Patient", "id": PATIENT, "identifier": [{"system": _NHS_SYSTEM, "value": told[0]}]}
    book.found.append(Found("EhrExtract.recordTarget", patient | ({"managingOrganization": practice} if code else {})))


def _folder(folder: Element, book: Notebook, place: str) -> None:
    """All compositions, then the problems: a LinkSet may name an entry of any composition."""
    agents.directory(folder, book, place)
    found = courses(one for one in folder.iter() if one.tag == f"{V3}MedicationStatement")
    topics = Topics()
    links: list[tuple[Element, Setting, str]] = []
    for position, one in enumerate(children(folder, "component", "ehrComposition")):
        where = f"{place}.ehrComposition[{position}]"
        setting = book.attempt(where, partial(composition, one, book, where, found, topics))
        if setting is None:
            continue
        listed = (inner for inner in one.iter() if inner.tag == f"{V3}LinkSet")
        links += [(link, setting, f"{where}.LinkSet[{n}]") for n, link in enumerate(listed)]
    for link, setting, where in links:
        made = book.attempt(where, partial(problems.problem, link, setting, book, where))
        if made:
            book.known[identity(link)] = made
    plain = [link for link, _, _ in links]
    problems.relate(plain, book)
    problems.head_topics(plain, book, topics)
