"""A council: adult social care Client Level Data, and care and support plans under the Care Act."""
