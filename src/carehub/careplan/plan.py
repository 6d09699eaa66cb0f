"""The unified care plan as frozen data: entries with their sources, conflicts, gaps, and what each source could say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from carehub.careplan.joint.joint_plan import NO_PLAN, JointPlan
from carehub.careplan.tie import Tie
from carehub.fhir.resource import Resource
from carehub.terms.attribution import Attribution
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.quickly_made import quickly_made

# ---- what assembly is given -------------------------------------------------------------------------------------------------


@quickly_made
@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One source record as it stands: R4 JSON, its attribution, and whether the source withdrew it."""

    resource: Resource
    attribution: Attribution
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of a message that did not become a record. kind: "unreadable" (quarantined, a fault) or "not_mapped" (received, not mapped yet)."""

    kind: Literal["unreadable", "not_mapped"]
    number: str
    about: str
    count: int


@dataclass(frozen=True, slots=True)
class SourceView:
    """All that one patient record of one source holds.

    patient: "Patient/<id>" of the source's patient record. feeds: full names of the feeds that told it. sections: section keys this source
    shares. received: when the newest message came. recorded: the source's own time on its newest message, or "". Both ISO instants in UTC.
    expected_every, stale_after: ISO 8601 durations from the feed's manifest. linked_because: a sentence. merged_into: the reference of the
    patient record the source merged this one into, or "". hidden: when it was reported as possibly another person's, and is not to be shown; "".
    unshared: why nothing of it may be shown, "objected" or "no_agreement"; "". held_back: of what it says in a section nothing may be shown, and the
    sentence of the clause: (section key, sentence).
    """

    source: SourceOrganisation
    patient: str
    feeds: tuple[str, ...]
    sections: tuple[str, ...]
    received: str
    recorded: str
    expected_every: str
    stale_after: str
    records: tuple[SourceRecord, ...]
    notices: tuple[Notice, ...]
    linked_because: str
    merged_into: str = ""
    hidden: str = ""
    unshared: str = ""
    held_back: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedSource:
    """A source from which something could have come: a connected feed. checking: possible records under identity review for this person.

    state: why nothing could come, "no_agreement" or "not_connected"; "" for a source that shares. feed: an organisation's code, where it has none.
    """

    feed: str
    title: str
    badge: str
    checking: int = 0
    state: str = ""


# ---- what assembly gives ----------------------------------------------------------------------------------------------------


@quickly_made
@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled detail in the source's words: Fact("Dose", "5 mg twice a day")."""

    label: str
    value: str


@quickly_made
@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a section.

    key: stable within the plan (the reference of its first record). kind: "statement", or "stated_none" for a coded "none known".
    title: what it is, in the source's words. status: in words a nurse reads ("Active", "Stopped"), or "" when the source gave none.
    active: whether it counts as current. when: FHIR date of the event, or "". ends: FHIR date of its end where it lasts and the source gave
    one, or "". facts: details in order. codes: "system|code" of its codings.
    attributions: at least one; more when folded. folded_because: a sentence when it stands for several records, else "".
    members: the entries it stands for, each on its own, when folded; else empty. labels: security labels the source set.
    """

    key: str
    section: str
    kind: Literal["statement", "stated_none"]
    title: str
    status: str
    active: bool
    when: str
    facts: tuple[Fact, ...]
    codes: tuple[str, ...]
    attributions: tuple[Attribution, ...]
    folded_because: str = ""
    members: tuple[Entry, ...] = ()
    labels: tuple[str, ...] = ()
    ends: str = ""

    def __post_init__(self) -> None:
        if not self.attributions:
            raise ValueError("an entry needs an attribution")

    def fact(self, label: str) -> str:
        """The value of a fact, or ""."""
        return next((fact.value for fact in self.facts if fact.label == label), "")


@dataclass(frozen=True, slots=True)
class Statement:
    """One side of a conflict: the words, whose, and the key of the entry it stands in ("" for demographics)."""

    text: str
    attribution: Attribution
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Statements that cannot both be true, or a difference worth a look. Shown side by side, never settled.

    type: "C1" to "C9" of SCREENS 3.0.6. severity: "high", "moderate", "low". difference: True for a difference that is not a conflict.
    about: what disagrees, in terms that name it within its type and section; a conflict is the same one while it shares a term. patients:
    "Patient/<id>" of the patient records that speak. discharged: FHIR date of the discharge that explains it for a while, or "". state: how far
    it has come, in a sentence, once somebody reads; "" in a record as it is kept. sections: its own and those its statements stand in; who is
    not shown one of them is not told of it.
    """

    id: str
    type: str
    section: str
    severity: Literal["high", "moderate", "low"]
    sentence: str
    statements: tuple[Statement, ...]
    difference: bool = False
    about: tuple[str, ...] = ()
    patients: tuple[str, ...] = ()
    discharged: str = ""
    state: str = ""
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionState:
    """What one source can say in one section. state: a section state of SCREENS 3.0.3 or a source state code; sentence: its exact words."""

    source: SourceOrganisation
    state: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Section:
    """One section: rows, and a state for every source so that nothing is ever blank."""

    key: str
    title: str
    entries: tuple[Entry, ...]
    states: tuple[SectionState, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something the reader must know is missing. code: an absence code of SCREENS 3.0.3, or "unreadable", "not_mapped"; section "" = the whole record."""

    code: str
    sentence: str
    source: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source as the sources panel shows it, before the clock is looked at. last_entry: date of its newest statement, or "".

    records: live records; withdrawn: those the source took back. failing: whole messages that could not be read. unreadable: entries of
    readable messages that could not be read or shown. not_mapped: entries received that are not mapped, or that no section shows, yet.
    objections: when the person's objections to sharing it are in force, (from, until) as FHIR dates, "" for open.
    """

    source: SourceOrganisation
    patient: str
    feeds: tuple[str, ...]
    received: str
    recorded: str
    last_entry: str
    expected_every: str
    stale_after: str
    records: int
    unreadable: int
    not_mapped: int
    warnings: tuple[SectionState, ...]
    linked_because: str
    merged_into: str = ""
    withdrawn: int = 0
    failing: int = 0
    objections: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class IdentityValue:
    """One demographic detail of the person with the sources that say it. rule: why this value is the one in the banner."""

    label: str
    value: str
    attributions: tuple[Attribution, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The banner: surname in capitals is the page's business; values are as told. nhs_number "" when none is usable.

    deceased: "" | "unconfirmed" | "reported by …" sentence; died: FHIR date or "".
    """

    family: str
    given: str
    prefix: str
    birth_date: str
    gender: str
    nhs_number: str
    nhs_number_verified: bool
    died: str
    deceased: str
    values: tuple[IdentityValue, ...]


@dataclass(frozen=True, slots=True)
class UnifiedCarePlan:
    """One person's record as the log has it. content_hash covers what is said, by whom and who is linked; not receipt times nor hub-coined ids.

    ties: who has to do with the person's care. Policy asks them who may read; they are never released.
    """

    person: str
    identity: Identity
    sections: tuple[Section, ...]
    conflicts: tuple[Conflict, ...]
    gaps: tuple[Gap, ...]
    sources: tuple[SourceReport, ...]
    expected: tuple[ExpectedSource, ...]
    reviews: int
    content_hash: str
    joint: JointPlan = NO_PLAN
    ties: tuple[Tie, ...] = ()

    def section(self, key: str) -> Section:
        """The section of this key. Raises KeyError."""
        return {section.key: section for section in self.sections}[key]


# ---- what the clock adds when someone reads ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source at the moment of reading: code, tag and sentence of SCREENS 3.0.3. report is None for a source that holds no record.

    feeds: what the feeds of the record are called in words.
    """

    title: str
    badge: str
    code: str
    tag: str
    sentence: str
    report: SourceReport | None = None
    feeds: tuple[str, ...] = ()
