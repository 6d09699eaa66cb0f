"""One message of the data set, read: the row's values by our short names, its submission and links, and the draft they go into."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from carehub.feeds.formats.tables import key
from carehub.fhir.gate import read_json
from carehub.fhir.resource import Resource
from carehub.terms import moments
from carehub.terms.codes import CTV3, ICD10, OPCS4, READ_V2, SNOMED
from carehub.terms.errors import Unmappable, Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceKind, SourceOrganisation

from .csds_fields import NAMES, TITLES, pick, table_code, unknown
from .csds_split import CLOSING, ROW
from .draft import Draft
from .identity import local_identifier
from .naming import ods
from .snomed import icd10, snomed_id
from .tables import table
from .timing import day, moment

_WORDS = table("national_codes")
_SCHEMES = {sent: row["system"] for sent, row in table("schemes").items()}
DICTIONARY = "urn:carehub:nhs-data-dictionary"


class CsdsRow:
    """table: "CYP201". links: what the split found around the row. draft: None for a row that is about nobody."""

    def __init__(self, told: dict[str, Any]) -> None:
        title = next((name for name in told if table_code(name)), "")
        self.table = table_code(title)
        held, submission, links = told.get(title), told.get("submission"), told.get("links")
        if not self.table or not isinstance(held, dict) or not isinstance(submission, dict) or not isinstance(links, dict):
            raise Unreadable(issue("MAP-001"))
        if told.get("odd") or not all(isinstance(v, str) for v in (*held.values(), *submission.values())):
            raise Unreadable(issue("MAP-004", at=TITLES[self.table]))
        self._values: dict[str, str] = {key(name): value.strip() for name, value in held.items()}
        self._names = NAMES[self.table]
        self.links = links
        self.submission: dict[str, str] = submission
        number = told.get("number")
        self.number = number if isinstance(number, int) and not isinstance(number, bool) else 0
        self.source = _source(submission)
        self.draft = Draft(self.source, f"csds|{self.link('patient')}", scope=scope(submission, self.table))
        for _ in unknown(self.table, self._values):
            self.note("MAP-005", "")

    def link(self, name: str) -> str:
        value = self.links.get(name)
        return value if isinstance(value, str) else ""

    @property
    def contact_moment(self) -> str:
        """When the contact was that the row belongs to; "" when it belongs to none, or that has no date."""
        return moment(self.link("date"))

    def text(self, name: str) -> str:
        """The value under one of the column's names; "" when it has none."""
        return pick(self._values, self._names[name])

    def at(self, name: str) -> str:
        """The place of a column in issues."""
        return f"{TITLES[self.table]}.{name}" if name else TITLES[self.table]

    def note(self, number: str, name: str, about: str = "") -> None:
        self.draft.note(number, self.at(name), about)

    def date(self, name: str, about: str = "") -> str:
        """A column as a date; one that is impossible is left out (MAP-010)."""
        sent = self.text(name)
        told = day(sent) if sent else ""
        if sent and not told:
            self.note("MAP-010", name, about)
        return told

    def moment(self, date: str, clock: str, about: str = "") -> str:
        """Two columns, a date and a time of day, as one."""
        sent = self.text(date)
        told = moment(sent, self.text(clock)) if sent else ""
        if sent and not told:
            self.note("MAP-010", date, about)
        return told

    def national(self, name: str, listed: str, about: str, called: str = "") -> Resource | None:
        """A national code with its words; without words (MAP-006) the column's name stands before it: "Referral source 02"."""
        code = self.text(name)
        if not code:
            return None
        row = _WORDS.get(f"{listed}|{code.upper()}") or _WORDS.get(f"{listed}|{code.zfill(2)}")
        if row:
            coding = {"system": f"{DICTIONARY}:{listed}", "code": row["code"], "display": row["words"]}
            return {"coding": [coding], "text": row["words"]}
        self.note("MAP-006", name, about)
        return {"coding": [{"system": f"{DICTIONARY}:{listed}", "code": code}], "text": f"{called or listed.replace('-', ' ')} {code}"}

    def clinical(self, name: str, scheme: str, kind: str, about: str) -> Resource | None:
        """A clinical code in the system that the column beside it names, if the code can be of that system; else kept as sent (MAP-006)."""
        code, sent = self.text(name), self.text(scheme)
        if not code:
            return None
        system = _SCHEMES.get(f"{kind}|{sent.zfill(2)}", "") if sent else SNOMED
        told = {SNOMED: code if snomed_id(code) else "", ICD10: icd10(code)}.get(system, " ".join(code.split()))
        if system and told:
            if system in (READ_V2, CTV3, OPCS4):
                self.note("MAP-006", name, about)
            return {"coding": [{"system": system, "code": told}], "text": told}
        self.note("MAP-006", name, about)
        return {"coding": [self.draft.local(code, "", f"{kind} scheme {sent or 'not given'}")], "text": code}

    def add(self, type: str, local: str, elements: Resource, **more: Any) -> str:
        return self.draft.add(type, local, elements, at=TITLES[self.table], **more)

    def patient(self) -> None:
        """The patient, known by the source's number alone: the rest is told by the index row."""
        local = self.link("patient")
        self.add("Patient", "", {"identifier": [local_identifier(local, self.source.code)]}, change="update")

    def known(self, space: str, value: str) -> Resource:
        """An identifier of the source's own."""
        return {"system": self.draft.space(space), "value": value}

    def pointer(self, type: str, space: str, value: str, words: str = "") -> Resource:
        """A logical reference to a record that another row tells."""
        told: Resource = {"type": type, "identifier": self.known(space, value)}
        return told | ({"display": words} if words else {})

    def provider(self) -> Resource:
        return {"type": "Organization", "identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": self.source.code}}

    @property
    def recorded(self) -> str:
        return recorded(self.submission)

    @property
    def sequence(self) -> str:
        return f"{self.submission.get('created', '')}|{self.table}|{self.number:09d}"


def read(body: bytes) -> dict[str, Any]:
    """A message of the split. Raises Unreadable: as read_json, MAP-001 for anything else."""
    told = read_json(body)
    if not isinstance(told, dict) or told.get("carehub") not in (ROW, CLOSING):
        raise Unreadable(issue("MAP-001"))
    return told


def scope(submission: dict[str, str], code: str) -> str:
    """The scope of one table's rows in one month of one provider."""
    return f"csds/{submission.get('start', '')}/{code}"


def recorded(submission: dict[str, str]) -> str:
    """The end of the reporting month: a month sent again stays that month, whenever it was sent. "" when it was not said when it was made,
    since then nothing tells one sending of the month from the next but their arrival."""
    end = submission.get("end", "")
    if not moments.valid_date(end) or len(end) != 10 or not submission.get("created"):
        return ""
    return moments.iso(datetime.combine(datetime.fromisoformat(end), time(23, 59, 59), moments.LONDON))


def _source(submission: dict[str, str]) -> SourceOrganisation:
    code = ods(submission.get("provider", ""))
    if not code:
        raise Unmappable(issue("MAP-002", at="submission.provider"))
    return SourceOrganisation(code, "", SourceKind.COMMUNITY)


def closing_source(submission: Any) -> SourceOrganisation:
    """The provider of a closing message. Raises Unreadable MAP-001, Unmappable MAP-002."""
    if not isinstance(submission, dict) or not all(isinstance(v, str) for v in submission.values()):
        raise Unreadable(issue("MAP-001"))
    return _source(submission)
