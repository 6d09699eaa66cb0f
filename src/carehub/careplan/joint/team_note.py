"""A note that a member of the team writes to the unified care plan: every version of it, who wrote each, and that it was withdrawn. Nothing is erased."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from carehub.careplan.disagreement.steps import Professional
from carehub.terms.errors import Refused, Rejected
from carehub.terms.issue_catalogue import issue

MOST_WORDS = 4000


@dataclass(frozen=True, slots=True)
class Said:
    """One version: when (ISO UTC), who, their role in words, and the words; of a withdrawal, why."""

    at: str
    by: Professional
    role: str
    words: str

    @property
    def who(self) -> str:
        """ "Jo Adeyemi, District nurse, Northvale Community" """
        return ", ".join(filter(None, (self.by.name, self.role, self.by.organisation_name or self.by.organisation)))


@dataclass(frozen=True, slots=True)
class TeamNote:
    """One note with all that was ever said in it. key: its own, the same in every version. record: id of the Patient record it was written beside. said:
    oldest first, at least one. withdrawn: the last of them says why."""

    key: str
    record: str
    said: tuple[Said, ...]
    withdrawn: bool = False

    @property
    def version(self) -> int:
        """1, 2, …"""
        return len(self.said)

    @property
    def at(self) -> str:
        """When this version was made, ISO UTC."""
        return self.said[-1].at

    @property
    def words(self) -> str:
        """What it says now, or said last."""
        return self.said[-2 if self.withdrawn else -1].words


def wanted(words: str) -> str:
    """Words without blanks around them. Raises Rejected (API-005) where no letter or digit is among them, for more than a note holds, and for control
    characters, which a FHIR string has none of but line ends and tabs (https://hl7.org/fhir/R4/datatypes.html#string)."""
    told = words.strip()
    if (
        not any(map(str.isalnum, told))
        or len(told) > MOST_WORDS
        or any(unicodedata.category(one) == "Cc" and one not in "\r\n\t" for one in told)
    ):
        raise Rejected(issue("API-005", at="words"))
    return told


def changed(before: TeamNote, said: Said, *, withdrawn: bool) -> TeamNote:
    """The next version. Raises Refused (API-002) for who is not of the organisation that wrote it, and Rejected (API-005) where it was withdrawn."""
    if said.by.organisation != before.said[0].by.organisation:
        raise Refused(issue("API-002"))
    if before.withdrawn:
        raise Rejected(issue("API-005", at="note"))
    # The next version is never older than the one before, whatever a clock says: a source's own time orders versions (ADR 0010).
    return replace(before, said=(*before.said, replace(said, at=max(said.at, before.at))), withdrawn=withdrawn)
