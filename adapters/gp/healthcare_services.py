"""HealthcareService to UKCore-HealthcareService: where a referral was sent."""

from __future__ import annotations

from .concepts import concept, extensions
from .datatypes import attachment, telecoms
from .practitioners import available, not_available
from .primitives import boolean, string
from .references import identifier, reference
from .shapes import Rules, dropped, many, narrative, one_of_many, same

RULES: Rules = {
    "identifier": ("identifier", many(identifier)),
    "active": ("active", boolean),
    "providedBy": ("providedBy", reference),
    "category": ("category", one_of_many(concept)),
    **same(many(concept), "type specialty serviceProvisionCode characteristic referralMethod"),
    "programName": ("program", many(lambda value, reading: {"text": said} if (said := string(value, reading)) else None)),
    **same(many(reference), "location coverageArea endpoint"),
    **same(string, "name comment extraDetails availabilityExceptions"),
    "photo": ("photo", attachment),
    "telecom": ("telecom", telecoms),
    "appointmentRequired": ("appointmentRequired", boolean),
    "availableTime": ("availableTime", many(available)),
    "notAvailable": ("notAvailable", many(not_available)),
    "extension": ("extension", extensions),
    **dropped("eligibility eligibilityNote"),
    "text": ("text", narrative),
}
