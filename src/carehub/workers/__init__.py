"""Floor 6: Celery, which only nudges."""
