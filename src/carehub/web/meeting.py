"""A record on a screen that a whole meeting looks at (UI-86): what paper leaves out, and how to reach somebody, is on nobody's wall."""

from __future__ import annotations

import re
from dataclasses import replace

from carehub.careplan.joint.joint_plan import Action
from carehub.careplan.plan import Conflict, Entry, Section
from carehub.careplan.protected_words import Cover
from carehub.careplan.ways_in import says_way_in
from carehub.governance.policy import ROWS
from carehub.governance.redaction import Disclosed, carry
from carehub.hub.reading import PersonRecord
from carehub.web.pack import for_paper
from carehub.web.screen import opened

ROLES = {row.role: row.title for row in ROWS if "read_record" in row.actions}
"""Who may be in the room: the roles that read records, with their titles."""

_PHONE = re.compile(r"phone|mobile", re.IGNORECASE)
_REACHES = re.compile(r"address|e-?mail|contact details", re.IGNORECASE)
_MANY_DIGITS = re.compile(r"(?:\d[ -]?){5}")
_FORMS = Cover(None)


def for_a_screen(record: Disclosed[PersonRecord]) -> Disclosed[PersonRecord]:
    """The record without what is never printed, without who else is named as family or contact, and without addresses, telephone numbers and ways
    into a home. What is left out leaves no mark and no number: both would tell the room that there is some. Only a telephone number and the like
    amid other words is covered where it stands, so that nobody loses a plan for an emergency by it."""
    paper = for_paper(record)
    held = opened(paper)
    identity = replace(held.plan.identity, values=tuple(one for one in held.plan.identity.values if not _reaches(one.label)))
    conflicts = tuple(_conflict(one) for one in held.plan.conflicts if not _quoting(one))
    joint = replace(held.plan.joint, actions=tuple(_action(one) for one in held.plan.joint.actions if not _asking(one)))
    plan = replace(held.plan, identity=identity, sections=tuple(map(_section, held.plan.sections)), conflicts=conflicts, joint=joint)
    return carry(paper, replace(held, plan=plan))


def _reaches(label: str) -> bool:
    return bool(_REACHES.search(label) or _PHONE.search(label))


def _conflict(conflict: Conflict) -> Conflict:
    statements = tuple(replace(said, text=_FORMS.words(said.text)) for said in conflict.statements)
    return replace(conflict, sentence=_FORMS.words(conflict.sentence), statements=statements)


def _action(action: Action) -> Action:
    return replace(
        action, title=_FORMS.words(action.title), owners=tuple(replace(one, words=_FORMS.words(one.words)) for one in action.owners)
    )


def _quoting(conflict: Conflict) -> bool:
    """Whether a disagreement tells how to reach somebody, or how to get in."""
    return any(map(_tells, (conflict.sentence, *(said.text for said in conflict.statements))))


def _asking(action: Action) -> bool:
    """The same of an action, which has a table of its own."""
    owners = (text for owner in action.owners for text in (owner.words, owner.organisation))
    return any(map(_tells, (action.title, action.status, action.due_words, *owners)))


def _tells(words: str) -> bool:
    """Whether words are about how to reach somebody, or how to get in."""
    number = _PHONE.search(words) and _MANY_DIGITS.search(_FORMS.words(words))
    return bool(_REACHES.search(words) or number) or says_way_in(words)


def _section(section: Section) -> Section:
    return replace(section, entries=tuple(_entry(entry) for entry in section.entries if not _third_party(entry)))


def _third_party(entry: Entry) -> bool:
    return entry.key.startswith("RelatedPerson/") or _tells(entry.title)


def _entry(entry: Entry) -> Entry:
    kept = (fact for fact in entry.facts if not _reaches(fact.label) and not _tells(fact.value))
    facts = tuple(replace(fact, value=_FORMS.words(fact.value)) for fact in kept)
    return replace(entry, title=_FORMS.words(entry.title), facts=facts, members=tuple(map(_entry, entry.members)))
