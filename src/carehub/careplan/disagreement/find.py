"""Everything in which the sources disagree about one person: C1 to C9 of SCREENS 3.0.6, from drafts to conflicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from carehub.careplan.disagreement import advance, allergies, contacts, medicines, problems, said_by_person
from carehub.careplan.disagreement.discharge import stays
from carehub.careplan.identity import Told, differences
from carehub.careplan.plan import Conflict, Identity
from carehub.careplan.reading.draft import Draft
from carehub.careplan.speakers import Speakers


def disagreements(drafts: Mapping[str, Sequence[Draft]], told: Sequence[Told], who: Identity, names: Speakers) -> Iterator[Conflict]:
    """Conflicts in no order. drafts: by section key. told: the Patient records in use. who: the person, as the banner has them."""
    yield from allergies.find(drafts["allergies"], names)
    yield from medicines.find(drafts["medicines"], names, stays(drafts["encounters"]))
    yield from problems.find(drafts["problems"], names)
    yield from advance.resuscitation(drafts.get("advance") or drafts["alerts"])
    yield from advance.contingency(drafts.get("contingency", ()))
    yield from differences(told, names)
    yield from contacts.next_of_kin(drafts["care_team"], names)
    yield from said_by_person.find(drafts.get("about_me", ()), drafts["allergies"], who, names)
