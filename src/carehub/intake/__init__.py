"""Doors for what does not come over HTTP: HL7 v2 over MLLP, and files in a watched folder."""
