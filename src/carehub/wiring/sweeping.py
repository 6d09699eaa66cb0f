"""Whether a user searches for more people than anybody needs for care: a sweep over NHS numbers."""

from __future__ import annotations

from collections.abc import Callable


def sweeping_over(most: int) -> Callable[[str], bool]:
    """Counts a search by a user and says whether there were more than `most` in the minute before it; never for 0. In each process by itself."""
    if not most:
        return lambda user: False
    from limits import RateLimitItemPerMinute
    from limits.storage import MemoryStorage
    from limits.strategies import MovingWindowRateLimiter

    searches, allowed = MovingWindowRateLimiter(MemoryStorage()), RateLimitItemPerMinute(most)
    return lambda user: not searches.hit(allowed, user)
