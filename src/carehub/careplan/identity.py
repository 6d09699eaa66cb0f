"""Identity: the banner's values, each with who says it and why it was chosen, and the differences between sources (C7, C8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from unicodedata import combining, normalize

from carehub.careplan.conflicts import Severity, conflict
from carehub.careplan.plan import Conflict, Identity, IdentityValue, Statement
from carehub.careplan.protected_words import PROTECTED
from carehub.careplan.reading import names
from carehub.careplan.reading.about import death, death_words, verified
from carehub.careplan.reading.wording import comparable
from carehub.careplan.speakers import Speakers, listed, midway
from carehub.fhir.resource import Resource, many, text
from carehub.terms import nhs_number
from carehub.terms.attribution import Attribution
from carehub.terms.moments import show_date, show_time, sort_key
from carehub.terms.organisations import SourceKind

GP_KEEPS_IT = "GP's value, because the practice keeps the registration"
PDS_GIVES_IT_OUT = "PDS's value, because PDS gives out NHS numbers"


@dataclass(frozen=True, slots=True)
class Told:
    """One source's Patient record with its attribution, and what it calls the person's GP practice and GP."""

    patient: Resource
    attribution: Attribution
    practice: str = ""
    doctor: str = ""


@dataclass(frozen=True, slots=True)
class _Say:
    """One value that one source says. same: for comparing. value: as told."""

    value: str
    same: str
    told: Told


Reader = Callable[[Told], Iterator[tuple[str, str]]]


def identity(told: Sequence[Told], speakers: Speakers) -> Identity:
    """The banner of a person from the Patient records linked to them. Parts of a name come from one name of one source, never mixed."""
    ranked = sorted(told, key=_rank)
    values = tuple(v for label, reader in _READERS if (v := _chosen(label, _says(ranked, reader), speakers)))
    by_label = {v.label: v for v in values}
    name_owner = next((t for t in ranked if names.of(t.patient)), None)
    name = names.best(name_owner.patient) if name_owner else None
    numbers = [(n, sure) for t in sorted(ranked, key=lambda t: not _gives_numbers(t)) for n, sure in _numbers(t)]
    number = next((n for n, sure in numbers if sure), "") or next((n for n, _ in numbers), "")
    said = [(t, date) for t in ranked if (date := death(t.patient)) is not None]
    return Identity(
        family=text(name, "family") if isinstance(name, dict) else "",
        given=" ".join(str(g) for g in many(name, "given")) if isinstance(name, dict) else "",
        prefix=" ".join(str(p) for p in many(name, "prefix")) if isinstance(name, dict) else "",
        birth_date=next((d for t in ranked if (d := text(t.patient, "birthDate"))), ""),
        gender=next((g for t in ranked if (g := text(t.patient, "gender"))), ""),
        nhs_number=number,
        nhs_number_verified=(number, True) in numbers,
        died=next((date for _, date in said if date), ""),
        deceased=_deceased(said, told, speakers),
        values=tuple(v for v in by_label.values()),
    )


def _rank(told: Told) -> tuple[int, int, str, str]:
    """GP first, then the most recently recorded; records no longer in use last; the reference settles ties."""
    kind = told.attribution.source.kind
    newest_first = "".join(chr(0x10FFFF - ord(c)) if ord(c) < 128 else c for c in sort_key(told.attribution.recorded)) or "\U0010ffff"
    return (told.patient.get("active") is False, kind is not SourceKind.GP, newest_first, told.attribution.record)


def _deceased(said: list[tuple[Told, str]], told: Sequence[Told], speakers: Speakers) -> str:
    """Confirmed when two sources report it, or the GP is the only source there is; else unconfirmed, and the living banner stays (UI-08)."""
    sources = {t.attribution.source for t, _ in said}
    if not sources:
        return ""
    alone = len({t.attribution.source for t in told}) == 1
    if len(sources) > 1 or (alone and next(iter(sources)).kind is SourceKind.GP):
        return f"reported by {listed(midway(speakers[s]) for s in sources)}"
    return "unconfirmed"


# ---- one reader for each detail: (value as told, form for comparing) ----


def _name(told: Told) -> Iterator[tuple[str, str]]:
    name = names.best(told.patient)
    whole = names.human(name)
    if whole:
        given = next((str(g) for g in many(name, "given")), "") if isinstance(name, dict) else ""
        family = text(name, "family") if isinstance(name, dict) else ""
        yield whole, _unaccented(comparable(f"{family} {given}") or comparable(whole))


def _unaccented(name: str) -> str:
    """For comparing only: many hospital systems cannot hold "Siân"."""
    return "".join(c for c in normalize("NFKD", name) if not combining(c))


def _preferred(told: Told) -> Iterator[tuple[str, str]]:
    for name in many(told.patient, "name"):
        if isinstance(name, dict) and name.get("use") == "nickname" and not text(name, "period", "end"):
            called = next((str(given) for given in many(name, "given")), "") or names.human(name)
            if called:
                yield called, comparable(called)


def _born(told: Told) -> Iterator[tuple[str, str]]:
    if date := text(told.patient, "birthDate"):
        yield show_date(date), date


def _gender(told: Told) -> Iterator[tuple[str, str]]:
    gender = text(told.patient, "gender")
    if gender and gender != "unknown":
        yield gender.capitalize(), gender


def _numbers(told: Told) -> Iterator[tuple[str, bool]]:
    """Usable NHS numbers of a record, and whether the source says each was traced. Superseded ones (use "old") are not the person's number."""
    for held in many(told.patient, "identifier"):
        if isinstance(held, dict) and held.get("system") == nhs_number.SYSTEM and held.get("use") != "old":
            usable = nhs_number.valid(text(held, "value"))
            if usable:
                yield usable, verified(held)


def _gives_numbers(told: Told) -> bool:
    return told.attribution.source.kind is SourceKind.NATIONAL and told.patient.get("active") is not False


def _nhs(told: Told) -> Iterator[tuple[str, str]]:
    for number, _ in _numbers(told):
        yield nhs_number.display(number), number


def _address(told: Told) -> Iterator[tuple[str, str]]:
    homes = [a for a in many(told.patient, "address") if isinstance(a, dict) and a.get("use") != "old" and not text(a, "period", "end")]
    for home in sorted(homes, key=lambda a: a.get("use") != "home")[:1]:
        line = names.address(home)
        if line:
            yield line, comparable(line)


def _phone(told: Told) -> Iterator[tuple[str, str]]:
    for point in many(told.patient, "telecom"):
        if isinstance(point, dict) and point.get("system") in ("phone", "sms", None) and point.get("use") != "old":
            value = text(point, "value")
            digits = "".join(c for c in value if c.isdigit()) or (value if value == PROTECTED else "")
            if digits:
                yield value, digits.removeprefix("44").removeprefix("0")


def _practice(told: Told) -> Iterator[tuple[str, str]]:
    if told.practice:
        yield told.practice, comparable(told.practice)


def _doctor(told: Told) -> Iterator[tuple[str, str]]:
    if told.doctor:
        yield told.doctor, comparable(told.doctor)


_READERS: tuple[tuple[str, Reader], ...] = (
    ("Name", _name),
    ("Preferred name", _preferred),
    ("Born", _born),
    ("Gender", _gender),
    ("NHS number", _nhs),
    ("Address", _address),
    ("Telephone", _phone),
    ("GP practice", _practice),
    ("GP", _doctor),
)

_SEVERITY: dict[str, Severity] = {"Born": "high", "NHS number": "high", "Name": "moderate", "Gender": "moderate"}
_SENTENCE = {"Born": "Date of birth", "Telephone": "Telephone number"}


def _says(ranked: Sequence[Told], reader: Reader) -> list[_Say]:
    return [_Say(value, same, told) for told in ranked for value, same in reader(told)]


def _chosen(label: str, says: list[_Say], speakers: Speakers) -> IdentityValue | None:
    if not says:
        return None
    national = [say for say in says if label == "NHS number" and _gives_numbers(say.told)]
    first = (national or says)[0]
    agreeing = tuple({s.told.attribution.record: s.told.attribution for s in says if _agree(label, s.same, first.same)}.values())
    source = first.told.attribution.source
    if national:
        rule = PDS_GIVES_IT_OUT
    elif source.kind is SourceKind.GP:
        rule = GP_KEEPS_IT
    elif len({s.told.attribution.source for s in says}) == 1:
        rule = f"{speakers[source]}'s value, because no other source gives one"
    else:
        rule = f"{speakers[source]}'s value, because it is the most recently recorded"
    return IdentityValue(label, first.value, agreeing, rule)


def _agree(label: str, a: str, b: str) -> bool:
    """Equal; for addresses also when one only says more than the other (a county, a country)."""
    if a == b:
        return True
    if label in ("Address", "GP practice", "GP"):
        first, second = set(a.split()), set(b.split())
        return bool(first and second) and (first <= second or second <= first)
    if label == "Born":
        return a.startswith(b) or b.startswith(a)
    return False


def differences(told: Sequence[Told], speakers: Speakers) -> Iterator[Conflict]:
    """C7 for each detail that sources tell differently, and C8 for a death that not every source reports."""
    ranked = sorted(told, key=lambda t: (t.attribution.source, t.attribution.record))
    for label, reader in _READERS:
        by_record: dict[str, list[_Say]] = {}
        for said in _says(ranked, reader):
            by_record.setdefault(said.told.attribution.record, []).append(said)
        sides = list(by_record.values())
        if any(not _share(label, a, b) for i, a in enumerate(sides) for b in sides[i + 1 :]):
            parts = list(dict.fromkeys(f"{speakers[s[0].told.attribution.source]} {' and '.join(x.value for x in s)}" for s in sides))
            yield conflict(
                "C7",
                "about",
                _SEVERITY.get(label, "low"),
                f"{_SENTENCE.get(label, label)} differs: {'; '.join(parts)}.",
                [Statement(f"{label}: {x.value}", x.told.attribution) for s in sides for x in s],
                about=[label],
            )
    yield from _deaths(ranked, speakers)


def _share(label: str, a: list[_Say], b: list[_Say]) -> bool:
    if label in ("GP practice", "GP") and {x.told.attribution.source.kind for x in (*a, *b)} == {SourceKind.GP}:
        return True  # two practices each name themselves: that both hold a record is for the sources panel to say
    return any(_agree(label, x.same, y.same) for x in a for y in b)


def _deaths(ranked: Sequence[Told], speakers: Speakers) -> Iterator[Conflict]:
    said = [(t, date) for t in ranked if (date := death(t.patient)) is not None]
    reporting = {t.attribution.source for t, _ in said}
    silent = {t.attribution.source for t in ranked} - reporting
    unconfirmed = len(reporting) == 1 and (bool(silent) or next(iter(reporting)).kind is not SourceKind.GP)
    if said and (silent or unconfirmed):
        date = next((d for _, d in said if d), "")
        who = listed(midway(speakers[s]) for s in reporting)
        others = listed(midway(speakers[s]) for s in silent) or "GP"
        if unconfirmed:
            asked = any(source.kind is SourceKind.NATIONAL for source in (*reporting, *silent))
            tail = f"reported by {who} only, not confirmed by {_or(others) if asked else _or_pds(others)}"
        else:
            tail = f"reported by {who}; {others} {'does' if len(silent) == 1 else 'do'} not report it"
        living = [Statement("Does not report a death", t.attribution) for t in ranked if t.attribution.source in silent]
        sides = [Statement(f"Died{' ' + show_time(d) if d else ', date not given'}", t.attribution) for t, d in said]
        yield conflict("C8", "about", "high", f"{death_words(date)}, {tail}.", [*sides, *living], about=["death"])
    dates = sorted({d[:10] for _, d in said if d})
    if len(dates) > 1 and not all(dates[0].startswith(d) or d.startswith(dates[0]) for d in dates):
        parts = "; ".join(f"{speakers[t.attribution.source]} {show_time(d)}" for t, d in said if d)
        sides = [Statement(f"Died {show_time(d)}", t.attribution) for t, d in said if d]
        yield conflict("C7", "about", "high", f"Date of death differs: {parts}.", sides, about=["Died"])


def _or(others: str) -> str:
    return others.replace(" and ", " or ")


def _or_pds(others: str) -> str:
    return f"PDS or {others}" if " and " not in others else f"PDS, {_or(others)}"
