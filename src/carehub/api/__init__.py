"""Floor 6: the FHIR door."""
