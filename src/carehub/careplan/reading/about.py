"""About the person: what each source's Patient record says, one entry a source, values as told."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading import names
from carehub.careplan.reading.care_team import personal_contacts
from carehub.careplan.reading.draft import Draft, draft
from carehub.careplan.reading.shelf import Shelf, extension_value
from carehub.careplan.reading.wording import any_words, each, moment, period, said
from carehub.fhir.resource import Resource, codings, identifiers, many, text, words
from carehub.terms import nhs_number
from carehub.terms.moments import show_date, show_time

TYPES = ("Patient",)

_USES = {"nickname": "Preferred name", "old": "Former name", "maiden": "Former name", "temp": "Temporary name", "anonymous": "Name used"}


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """The source's own picture of the person, and the personal contacts it keeps there."""
    resource = record.resource
    live = resource.get("active") is not False
    yield draft(
        shelf,
        record,
        "about",
        names.of(resource) or "A person whose name the source does not give",
        status="" if live else "Record no longer in use at the source",
        active=live,
        facts=_facts(resource, shelf),
    )
    yield from personal_contacts(record, shelf)


def verified(identifier: object) -> bool:
    """Whether the source says the NHS number was traced: status 01 of the NHS Data Dictionary "NHS number status indicator code"."""
    status = extension_value(identifier, "NHSNumberVerificationStatus")
    return any(code in ("01", "number-present-and-verified") for _, code, _ in codings(status))


def _facts(resource: Resource, shelf: Shelf) -> Iterator[Fact]:
    in_use = names.best(resource)
    for name in many(resource, "name"):
        if isinstance(name, dict) and name is not in_use:
            dates = period(name.get("period"))
            told = names.human(name)
            yield from said(_USES.get(text(name, "use"), "Other name"), f"{told} ({dates})" if told and dates else told)
    yield from said("Born", show_date(text(resource, "birthDate")))
    yield from said("Gender", text(resource, "gender").capitalize())
    for number in identifiers(resource, nhs_number.SYSTEM):
        usable = nhs_number.valid(number)
        yield Fact("NHS number", nhs_number.display(usable) if usable else f"{number} (not a valid NHS number)")
    for held in many(resource, "identifier"):
        if isinstance(held, dict) and text(held, "value") and text(held, "system") != nhs_number.SYSTEM:
            kind = words(held.get("type"))
            yield Fact("Local number", f"{text(held, 'value')} ({kind})" if kind else text(held, "value"))
    for home in many(resource, "address"):
        use = text(home, "use") if isinstance(home, dict) else ""
        dates = period(home.get("period")) if isinstance(home, dict) else ""
        told = names.address(home)
        extra = ", ".join(part for part in (use if use != "home" else "", dates) if part)
        yield from said("Address", f"{told} ({extra})" if told and extra else told)
    yield from names.contacts(resource)
    for reference in many(resource, "generalPractitioner"):
        yield from said("GP or practice", shelf.called(reference, resource) or text(reference, "identifier", "value"))
    yield from said("Registered with", shelf.called(resource.get("managingOrganization"), resource))
    if resource.get("deceasedBoolean") is True:
        yield Fact("Died", "Date not given")
    yield from moment("Died", resource.get("deceasedDateTime"))
    for spoken in many(resource, "communication"):
        if isinstance(spoken, dict):
            preferred = " (preferred)" if spoken.get("preferred") is True else ""
            yield from said("Language", f"{words(spoken.get('language'))}{preferred}" if words(spoken.get("language")) else "")
    yield from said("Marital status", words(resource.get("maritalStatus")))
    ethnic = extension_value(resource, "EthnicCategory")
    yield from said("Ethnic category", any_words(ethnic, "CodeableConcept") if ethnic is not None else "")
    yield from each(resource, "Language", "language")


def death(resource: Resource) -> str | None:
    """The date a Patient record gives for a death, "" when it says died without a date, None when it does not say the person died."""
    date = text(resource, "deceasedDateTime")
    if date:
        return date
    return "" if resource.get("deceasedBoolean") is True else None


def death_words(date: str) -> str:
    """ "Died 14-Nov-2026", or that no date is given."""
    return f"Died {show_time(date)}" if date else "Died, date not given"
