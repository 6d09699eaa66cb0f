"""The GP source: GP Connect Access Record Structured 1.6 (FHIR STU3) to R4 UK Core."""
