"""One module per section: source records to entries."""
