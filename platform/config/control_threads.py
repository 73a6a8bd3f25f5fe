"""Threads of the control plane, kept for the next request together with their connections to the database.

Django's handler gives each request a thread of its own that ends with it, and its connections with it: on SQLite,
where a new connection reads the whole schema first, that cost most of a short request.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from asgiref.sync import ThreadSensitiveContext

MOST_KEPT = 8
KEPT_SECONDS = 60.0


class ControlThreads:
    """As many as there are requests at the same time; up to MOST_KEPT wait for more.

    The one that ran last is taken first, so that after a rush the others grow old, and go at the end of a later
    request: a database server counts its connections.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: deque[tuple[ThreadPoolExecutor, float]] = deque()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """What runs in here and may not leave its thread runs in one that nobody else uses meanwhile."""
        thread = self._waiting.pop()[0] if self._waiting else ThreadPoolExecutor(1, "control")
        try:
            async with ThreadSensitiveContext(executor=thread):
                yield
        finally:
            self._keep(thread)

    def _keep(self, thread: ThreadPoolExecutor) -> None:
        now = self._clock()
        self._waiting.append((thread, now))
        while len(self._waiting) > MOST_KEPT or now - self._waiting[0][1] > KEPT_SECONDS:
            self._waiting.popleft()[0].shutdown(wait=False)
