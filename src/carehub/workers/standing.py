"""What was sent and stands in Redis still, so that nobody asks for what is asked for already."""

from __future__ import annotations

from celery import Celery


def standing(broker: Celery, queue: str) -> int:
    """How many tasks of a queue no worker has taken yet. Raises what kombu raises when Redis is away."""
    with broker.producer_or_acquire() as producer:
        return int(producer.channel.queue_declare(queue).message_count)
