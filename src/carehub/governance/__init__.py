"""Floor 3: who may see what. Pure; no default ever widens access."""
