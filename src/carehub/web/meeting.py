"""A record on a screen that a whole meeting looks at (UI-86): what paper leaves out, and how to reach somebody, is on nobody's wall."""

from __future__ import annotations

import re
from dataclasses import replace

from carehub.careplan.joint.joint_plan import Action
from carehub.careplan.plan import Conflict, Entry, Section
from carehub.careplan.ways_in import says_way_in
from carehub.governance.policy import ROWS
from carehub.governance.redaction import Disclosed, carry
from carehub.hub.reading import PersonRecord
from carehub.web.pack import for_paper
from carehub.web.screen import opened

ROLES = {row.role: row.title for row in ROWS if "read_record" in row.actions}
"""Who may be in the room: the roles that read records, with their titles."""

_REACHES = re.compile(r"address|phone|mobile|e-?mail|contact details", re.IGNORECASE)


def for_a_screen(record: Disclosed[PersonRecord]) -> Disclosed[PersonRecord]:
    """The record without what is never printed, without who else is named as family or contact, and without addresses, telephone numbers and ways
    into a home. What is left out leaves no mark and no number: both would tell the room that there is some."""
    paper = for_paper(record)
    held = opened(paper)
    identity = replace(held.plan.identity, values=tuple(one for one in held.plan.identity.values if not _REACHES.search(one.label)))
    conflicts = tuple(one for one in held.plan.conflicts if not _quoting(one))
    joint = replace(held.plan.joint, actions=tuple(one for one in held.plan.joint.actions if not _asking(one)))
    plan = replace(held.plan, identity=identity, sections=tuple(map(_section, held.plan.sections)), conflicts=conflicts, joint=joint)
    return carry(paper, replace(held, plan=plan))


def _quoting(conflict: Conflict) -> bool:
    """Whether a disagreement tells how to reach somebody, or how to get in."""
    return any(map(_tells, (conflict.sentence, *(said.text for said in conflict.statements))))


def _asking(action: Action) -> bool:
    """The same of an action, which has a table of its own."""
    owners = (text for owner in action.owners for text in (owner.words, owner.organisation))
    return any(map(_tells, (action.title, action.status, action.due_words, *owners)))


def _tells(words: str) -> bool:
    """Whether words are about how to reach somebody, or how to get in."""
    return bool(_REACHES.search(words)) or says_way_in(words)


def _section(section: Section) -> Section:
    return replace(section, entries=tuple(_entry(entry) for entry in section.entries if not _third_party(entry)))


def _third_party(entry: Entry) -> bool:
    return entry.key.startswith("RelatedPerson/") or _tells(entry.title)


def _entry(entry: Entry) -> Entry:
    facts = tuple(fact for fact in entry.facts if not _tells(fact.label) and not _tells(fact.value))
    return replace(entry, facts=facts, members=tuple(map(_entry, entry.members)))
