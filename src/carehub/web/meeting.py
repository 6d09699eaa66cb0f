"""A record on a screen that a whole meeting looks at (UI-86): what paper leaves out, and how to reach somebody, is on nobody's wall."""

from __future__ import annotations

import re
from dataclasses import replace

from carehub.careplan.plan import Conflict, Entry, Section
from carehub.governance.policy import ROWS
from carehub.governance.redaction import Disclosed, carry
from carehub.hub.reading import PersonRecord
from carehub.web.pack import for_paper
from carehub.web.screen import opened

ROLES = {row.role: row.title for row in ROWS if "read_record" in row.actions}
"""Who may be in the room: the roles that read records, with their titles."""

_REACHES = re.compile(r"address|phone|mobile|e-?mail|contact details|key ?safe|door code", re.IGNORECASE)


def for_a_screen(record: Disclosed[PersonRecord]) -> Disclosed[PersonRecord]:
    """The record without what is never printed, without who else is named as family or contact, and without addresses, telephone numbers and ways
    into a home. What is left out leaves no mark and no number: both would tell the room that there is some."""
    paper = for_paper(record)
    held = opened(paper)
    identity = replace(held.plan.identity, values=tuple(one for one in held.plan.identity.values if not _REACHES.search(one.label)))
    conflicts = tuple(one for one in held.plan.conflicts if not _quoting(one))
    plan = replace(held.plan, identity=identity, sections=tuple(map(_section, held.plan.sections)), conflicts=conflicts)
    return carry(paper, replace(held, plan=plan))


def _quoting(conflict: Conflict) -> bool:
    """Whether a disagreement tells how to reach somebody, or how to get in."""
    return any(map(_REACHES.search, (conflict.sentence, *(said.text for said in conflict.statements))))


def _section(section: Section) -> Section:
    return replace(section, entries=tuple(_entry(entry) for entry in section.entries if not _third_party(entry)))


def _third_party(entry: Entry) -> bool:
    return entry.key.startswith("RelatedPerson/") or bool(_REACHES.search(entry.title))


def _entry(entry: Entry) -> Entry:
    facts = tuple(fact for fact in entry.facts if not _REACHES.search(fact.label) and not _REACHES.search(fact.value))
    return replace(entry, facts=facts, members=tuple(map(_entry, entry.members)))
