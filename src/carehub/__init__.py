"""carehub: one honest, rebuildable shared care record for a neighbourhood team."""

__version__ = "0.1.0"
