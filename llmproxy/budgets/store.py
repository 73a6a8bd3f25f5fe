"""The budgets' side of the database, asked from the event loop in a thread of its own, off a call's usual path."""

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import DatabaseError, close_old_connections, connections

from llmproxy.budgets.leasing import Leasing
from llmproxy.metering.bank import StoreFailed
from llmproxy.metering.meter import Answer, Ask, Meter
from llmproxy.metering.windows import period_of

logger = structlog.get_logger(__name__)
REPORT_SECONDS = 2.0
RENEW_SECONDS = 10.0


class BudgetStore:
    """See metering.bank.Store.

    Args:
        writer: gives the id of this process's audit spool.
        wall: seconds since the epoch; budgets begin and end by it.
    """

    def __init__(self, writer: Callable[[], str], wall: Callable[[], float] = time.time) -> None:
        self._writer = writer
        self._wall = wall
        self._leasing: Leasing | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def exchange(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """See there. What the database did not confirm is said again the next time."""
        loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="budgets")
        try:
            return await loop.run_in_executor(self._thread, self._exchanged, asks)
        except DatabaseError as error:
            logger.warning("budgets.not_leased", error=type(error).__name__)
            raise StoreFailed("the database does not answer") from error

    def is_due(self, meter: Meter, now: float) -> bool:
        """To report what was spent, to renew what is held, to give back what nobody uses."""
        since = now - meter.asked_at
        if since < REPORT_SECONDS:
            return False
        if any(one.changed or (one.free > 0 and one is not meter.current) for one in meter.slices):
            return True
        if since > RENEW_SECONDS and any(one.free or one.reserved for one in meter.slices):
            return True
        return meter.current is not None and meter.current.free > 0 and meter.is_idle(now)

    def oldest(self, meter: Meter) -> int:
        """The running bucket: earlier ones are in the books."""
        return self.bucket(meter)

    def bucket(self, meter: Meter) -> int:
        """By this machine's clock."""
        return period_of(meter.rule.window, self._wall()).bucket

    def wants_word(self, now: float) -> bool:
        """The database forgets nothing."""
        return False

    @property
    def counts_use(self) -> bool:
        """Spending is what budgets count."""
        return True

    async def close(self) -> None:
        """Let go of the thread and its connection."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, connections.close_all)
            thread.shutdown(wait=False)

    def _exchanged(self, asks: Sequence[Ask]) -> list[Answer]:
        close_old_connections()
        if self._leasing is None:
            self._leasing = Leasing(uuid.uuid4(), uuid.UUID(self._writer()))
        try:
            return self._leasing.exchange(asks, self._wall())
        except DatabaseError:
            connections.close_all()
            raise
