"""Floor 5: the story, one verb per file."""
