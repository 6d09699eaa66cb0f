"""Floor 2: what arrives, and what an adapter is. Pure."""
