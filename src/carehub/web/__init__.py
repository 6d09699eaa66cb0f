"""Floor 6: the page."""
