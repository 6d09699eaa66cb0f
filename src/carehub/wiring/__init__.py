"""Floor 7: settings, loading, hand wiring and the command line."""
