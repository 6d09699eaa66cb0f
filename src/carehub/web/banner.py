"""The patient banner: who this page is about, in CUI order and form (SCREENS 3.0.2)."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.careplan.disagreement.advance import RESUSCITATION
from carehub.careplan.plan import Identity
from carehub.careplan.sections import ALERTING
from carehub.hub.reading import PersonRecord
from carehub.terms.moments import london_date, show_date
from carehub.web.dates import age_words, today

NOT_KNOWN = "Not known"
_SHOWN_ALLERGIES = 3
# Past these lengths the full banner could pass a fifth of the screen, so the one-line micro banner stays in view instead.
_LONG_NAME = 70
_LONG_ALLERGIES = 110


@dataclass(frozen=True, slots=True)
class Banner:
    """name: "FAMILY, Given (Title)". born, died: FHIR dates or "". dead: only when no source contradicts the death.

    allergies: titles of the first active allergies, shown after a label that says there are some; more: how many others there are.
    is_data: the label is a statement (emphasised) and not a remark on what is missing. long: too tall to stay in view whole.
    recommendations: key of the section in which two recommendations about resuscitation differ, or "". What either of them says is never here.
    """

    name: str
    preferred: str
    born: str
    age: str
    gender: str
    nhs_number: str
    nhs_number_verified: bool
    dead: bool
    died: str
    age_at_death: str
    death_note: str
    allergy_label: str
    is_data: bool
    allergies: tuple[str, ...]
    more: int
    alerts: int
    recommendations: str
    long: bool
    tab: str


def banner(record: PersonRecord) -> Banner:
    """The banner of a record at the moment it was built."""
    identity = record.plan.identity
    name = display_name(identity.family, identity.given, identity.prefix)
    dead = bool(identity.died or identity.deceased) and not _unconfirmed(identity)
    has_allergies = record.allergy_label.startswith("Known allergies")
    allergies = _active_titles(record, "allergies") if has_allergies else ()
    shown = allergies[:_SHOWN_ALLERGIES]
    preferred = next((value.value for value in identity.values if value.label == "Preferred name"), "")
    born = f"born {show_date(identity.birth_date)}" if identity.birth_date else "date of birth not known"
    return Banner(
        name=name,
        preferred="" if preferred.casefold() == identity.given.casefold() else preferred,
        born=identity.birth_date,
        age="" if dead else age_words(identity.birth_date, today(record.built_at)),
        gender=identity.gender.capitalize() or NOT_KNOWN,
        nhs_number=identity.nhs_number,
        nhs_number_verified=identity.nhs_number_verified,
        dead=dead,
        died=identity.died,
        age_at_death=age_words(identity.birth_date, london_date(identity.died)) if dead else "",
        death_note=_death_note(identity, dead),
        allergy_label=record.allergy_label,
        is_data=has_allergies or record.allergy_label.startswith("No known allergies"),
        allergies=shown,
        more=len(allergies) - len(shown),
        alerts=sum(len(_active_titles(record, key)) for key in ALERTING),
        recommendations=next((c.section for c in record.plan.conflicts if c.type == "C6" and RESUSCITATION in c.about), ""),
        long=len(name) > _LONG_NAME or sum(map(len, shown)) > _LONG_ALLERGIES or len(preferred) > _LONG_NAME,
        tab=f"{display_name(identity.family, identity.given)} ({born})",
    )


def display_name(family: str, given: str, prefix: str = "") -> str:
    """ "SMITH, Margaret (Mrs)" (CUI PAB-0016); says in words which part is not known."""
    if not family and not given:
        return "Name not known"
    name = f"{family.upper() or 'Family name not known'}, {given or 'given name not known'}"
    return f"{name} ({prefix})" if prefix else name


def _unconfirmed(identity: Identity) -> bool:
    """A death that one source reports alone is a conflict and leaves the living banner (hazard H25)."""
    return "unconfirmed" in identity.deceased or "not confirmed" in identity.deceased


def _death_note(identity: Identity, dead: bool) -> str:
    if dead:
        return f"Death {identity.deceased}." if identity.deceased else "The record does not say who reported the death."
    if identity.died or identity.deceased:
        return "A death has been reported but is not confirmed. See Disagreements on the overview."
    return ""


def _active_titles(record: PersonRecord, key: str) -> tuple[str, ...]:
    sections = [section for section in record.plan.sections if section.key == key]
    entries = (entry for section in sections for entry in section.entries if entry.active and entry.kind == "statement")
    # Two sources that name one allergy alike are one name here and two rows in the list.
    return tuple({entry.title.casefold() if key == "allergies" else entry.key: entry.title for entry in entries}.values())
