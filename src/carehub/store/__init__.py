"""Floor 4: memory that lasts."""
