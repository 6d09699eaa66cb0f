"""A Celery consumer that outlives a connection that cannot even be closed."""

from __future__ import annotations

from celery.utils.log import get_task_logger
from celery.worker.consumer import Consumer

_logger = get_task_logger("carehub")


class LastingConsumer(Consumer):
    """Whatever goes wrong while a lost connection is put away, a new one is made.

    Celery 5.7 with kombu 5.7 on Redis: collecting the lost connection stops half way when Redis refuses, and closing it again then raises
    AttributeError, which Celery takes for a fault of the worker's own: it ends, with exit code 0.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        try:
            super().on_connection_error_after_connected(exc)
        except Exception as error:  # the connection is gone either way; what was not acknowledged is delivered again
            _logger.warning("a lost connection could not be closed (%s); a new one is made", type(error).__name__)
            self.connection = None
