"""Practitioner and PractitionerRole to their UK Core profiles."""

from __future__ import annotations

from .concepts import concept, extensions, period
from .datatypes import address, attachment, human_name, telecoms
from .primitives import boolean, choice, date, string, time_of_day
from .references import identifier, reference
from .shapes import Rules, many, narrative, shape

_qualification = shape(
    {
        "identifier": ("identifier", many(identifier)),
        "code": ("code", concept),
        "period": ("period", period),
        "issuer": ("issuer", reference),
    },
    needs=("code",),
)

PRACTITIONER: Rules = {
    "identifier": ("identifier", many(identifier)),
    "active": ("active", boolean),
    "name": ("name", many(human_name)),
    "telecom": ("telecom", telecoms),
    "address": ("address", many(address)),
    "gender": ("gender", choice("male", "female", "other", "unknown")),
    "birthDate": ("birthDate", date),
    "photo": ("photo", many(attachment)),
    "qualification": ("qualification", many(_qualification)),
    "communication": ("communication", many(concept)),
    "extension": ("extension", extensions),
    "text": ("text", narrative),
}

available = shape(
    {
        "daysOfWeek": ("daysOfWeek", many(choice("mon", "tue", "wed", "thu", "fri", "sat", "sun"))),
        "allDay": ("allDay", boolean),
        "availableStartTime": ("availableStartTime", time_of_day),
        "availableEndTime": ("availableEndTime", time_of_day),
    }
)

not_available = shape({"description": ("description", string), "during": ("during", period)}, needs=("description",))

ROLE: Rules = {
    "identifier": ("identifier", many(identifier)),
    "active": ("active", boolean),
    "period": ("period", period),
    "practitioner": ("practitioner", reference),
    "organization": ("organization", reference),
    "code": ("code", many(concept)),
    "specialty": ("specialty", many(concept)),
    "location": ("location", many(reference)),
    "healthcareService": ("healthcareService", many(reference)),
    "telecom": ("telecom", telecoms),
    "availableTime": ("availableTime", many(available)),
    "notAvailable": ("notAvailable", many(not_available)),
    "availabilityExceptions": ("availabilityExceptions", string),
    "endpoint": ("endpoint", many(reference)),
    "extension": ("extension", extensions),
    "text": ("text", narrative),
}
