"""Floor 2: what the team needs to see. Source records in, one unified care plan out. Pure; settles nothing silently."""
