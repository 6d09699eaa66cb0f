"""Floor 1: the one window on FHIR. R4 4.0.1 as plain JSON mappings; models only at the gate and in tests."""
