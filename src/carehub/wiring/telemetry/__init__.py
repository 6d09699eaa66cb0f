"""OpenTelemetry, in this room only: what may be in a span, and how spans are sent."""
