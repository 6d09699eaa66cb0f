"""Hand-written records for the page tests: each shows one thing."""

from __future__ import annotations

from dataclasses import replace

from carehub.careplan.plan import (
    Conflict,
    Gap,
    Identity,
    IdentityValue,
    SectionState,
    SourceState,
    Statement,
)
from carehub.careplan.sections import HEADINGS
from carehub.hub.reading import PersonRecord
from carehub.terms.organisations import SourceKind, SourceOrganisation
from doors.web.builders import NOW, SCRIPT, entry, identity, plan, report, said
from doors.web.rich_record import OTHERS, rich
from doors.web.whole_record import whole


def empty() -> PersonRecord:
    """Nothing at all: no name, no entry, no source."""
    nobody = Identity("", "", "", "", "", "", False, "", "", ())
    return PersonRecord(plan({}, who=nobody), (), {}, "Allergies not recorded", NOW)


def only_absent() -> PersonRecord:
    """Sources are known, but none holds a record."""
    return PersonRecord(plan({}, who=identity(values=())), OTHERS, {}, "Allergies unavailable", NOW)


def hostile() -> PersonRecord:
    """Markup in every text a source can set, and names longer than any screen."""
    source = SourceOrganisation("X99009", f'{SCRIPT} & Sons\' "Surgery"', SourceKind.GP)
    by = said(source, f"Condition/{SCRIPT}", SCRIPT)
    long = "Wolfeschlegelsteinhausenbergerdorff" * 4
    # 150 letters without a space, as a source may send a pasted sentence.
    bad = [
        entry(
            heading.key,
            f"{SCRIPT} {long}",
            by=(by,),
            key=f'Condition/{heading.key}"><img src=x onerror=alert(1)>',
            status=SCRIPT,
            when="soon<b>",
            facts=[(SCRIPT, SCRIPT), ("Note", long)],
            labels=(SCRIPT,),
            folded_because=SCRIPT,
            members=(entry(heading.key, SCRIPT, by=(by,), status=SCRIPT, when=SCRIPT), entry(heading.key, SCRIPT, by=(by,))),
        )
        for heading in HEADINGS
    ]
    conflicts = [Conflict(SCRIPT, "C1", one.section, "high", SCRIPT, (Statement(SCRIPT, by, one.key), Statement(long, by))) for one in bad]
    who = identity(
        family=f'D"Arcy\\{SCRIPT}{long}',
        given="Ólafsdóttir مريم O'",
        prefix=SCRIPT,
        gender="<i>other</i>",
        birth_date="1941",
        values=(IdentityValue(SCRIPT, SCRIPT + long, (by,), SCRIPT),),
    )
    state = SourceState(
        source.name,
        "GP",
        "failing",
        "Failing",
        SCRIPT,
        report(source, linked_because=SCRIPT, feeds=(SCRIPT,), warnings=(SectionState(source, "withheld", SCRIPT),)),
        (SCRIPT,),
    )
    states = {heading.key: (SectionState(source, "entries", SCRIPT),) for heading in HEADINGS}
    built = plan(
        {one.section: [one] for one in bad}, who=who, conflicts=conflicts, gaps=(Gap("x", SCRIPT, SCRIPT),), sources=(state.report,)
    )
    return PersonRecord(built, (state,), states, "Known allergies", NOW)


def deceased() -> PersonRecord:
    return replace(rich(), plan=replace(rich().plan, identity=identity(died="2026-11-14", deceased="reported by GP and hospital")))


def death_unconfirmed() -> PersonRecord:
    return replace(rich(), plan=replace(rich().plan, identity=identity(died="2026-11-14", deceased="unconfirmed")))


def long_list() -> PersonRecord:
    """450 results, so that the list needs pages."""
    many = [
        entry("results", f"Sodium {number}", key=f"Observation/{number}", when=f"2026-{1 + number % 11:02d}-{1 + number % 28:02d}")
        for number in range(450)
    ]
    record = rich()
    kept = {section.key: section.entries for section in record.plan.sections} | {"results": many}
    return replace(record, plan=plan(kept, sources=record.plan.sources))


PEOPLE = {
    "rich": rich,
    "whole": whole,
    "empty": empty,
    "absent": only_absent,
    "hostile": hostile,
    "dead": deceased,
    "unconfirmed": death_unconfirmed,
    "long": long_list,
}
