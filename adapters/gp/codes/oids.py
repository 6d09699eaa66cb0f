"""Object identifiers of code systems and numbering schemes in GP2GP messages, and the addresses they have in FHIR.

An identifier without a row stays `urn:oid:…`.
"""

from __future__ import annotations

SYSTEM_OF_OID = {
    "2.16.840.1.113883.2.1.3.2.4.15": "http://snomed.info/sct",
    "2.16.840.1.113883.2.1.6.2": "http://read.info/readv2",
    "2.16.840.1.113883.2.1.3.2.4.14": "http://read.info/ctv3",
    "2.16.840.1.113883.2.1.6.3": "https://fhir.hl7.org.uk/Id/egton-codes",
    "2.16.840.1.113883.2.1.6.4": "https://fhir.hl7.org.uk/Id/multilex-drug-codes",
    # Supplier drug codes have no agreed address: the published translations leave the identifier as it is.
}

ODS = "1.2.826.0.1285.0.1.10"
NHS_NUMBER = "2.16.840.1.113883.2.1.4.1"
# The published extracts carry the NHS number under this one.
NHS_NUMBER_IN_EXTRACTS = "2.16.840.1.113883.2.1.3.2.4.9"

PERSON_NUMBER_OF_OID = {
    "2.16.840.1.113883.2.1.4.2": "https://fhir.hl7.org.uk/Id/gmp-number",
    "2.16.840.1.113883.2.1.4.3": "https://fhir.hl7.org.uk/Id/gmc-number",
    "1.2.826.0.1285.0.2.0.65": "https://fhir.nhs.uk/Id/sds-user-id",
}
