"""Change events: how every process hears of a change within a second, without a query per request (SECURITY 5.6).

A row per change, polled every 250 ms; a Redis message only wakes the poller early, so losing it loses nothing.
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

import structlog
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.models import Max, Q
from django.utils import timezone

from accounts.models import ChangeEvent
from accounts.wake_up import Listener, publish

logger = structlog.get_logger(__name__)
POLL_SECONDS = 0.25
# A lower id may commit after a higher one: look back this far for rows that became visible late.
OVERLAP = timedelta(seconds=10)
RELOAD_SECONDS = 60.0


class Change(NamedTuple):
    """What changed: a kind such as `catalog` or `apikey`, and which one."""

    kind: str
    value: str


RELOAD = Change("reload", "")
Subscriber = Callable[[Sequence[Change]], None]


def announce(kind: str, value: str = "") -> None:
    """Announce a change. Call it last in the transaction that makes the change, so that both commit together."""
    ChangeEvent.objects.create(kind=kind, value=value)
    transaction.on_commit(publish)


class ChangeWatcher:
    """Follows the change events of this installation in a thread of its own; one per process.

    Args:
        poll_seconds: how often it looks.
    """

    def __init__(self, poll_seconds: float = POLL_SECONDS) -> None:
        self._poll_seconds = poll_seconds
        self._subscribers: list[Subscriber] = []
        self._seen: dict[int, float] = {}
        self._pending: list[Change] = []
        self._last_id: int | None = None
        self._fresh_at = float("-inf")
        self._reloaded_at = float("-inf")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` with the changes of each poll, in the watcher's thread, and with RELOAD now and then."""
        self._subscribers.append(subscriber)

    def age(self) -> float:
        """Seconds since what the subscribers know was last confirmed; infinite before the first time."""
        return time.monotonic() - self._fresh_at

    def start(self) -> None:
        """Load everything, then follow. Raises DatabaseError when the first load fails."""
        self.poll()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._follow, name="change-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def poll(self) -> None:
        """One look: hand on what is new; everything, when it has been a while. Raises DatabaseError."""
        looked_at = time.monotonic()
        due = looked_at - self._reloaded_at > RELOAD_SECONDS
        self._pending += self._new()
        changes = [RELOAD] if due else self._pending
        if changes:
            for subscriber in self._subscribers:
                subscriber(changes)
        # Only now: what a subscriber could not take in is handed on again at the next look.
        self._pending = []
        if due:
            self._reloaded_at = looked_at
        self._fresh_at = looked_at

    def _new(self) -> list[Change]:
        if self._last_id is None:  # the first look is followed by a full load: what was announced before is in it
            self._last_id = ChangeEvent.objects.aggregate(last=Max("id"))["last"] or 0
        since = timezone.now() - OVERLAP
        rows = ChangeEvent.objects.filter(Q(id__gt=self._last_id) | Q(created_at__gt=since)).order_by("id")
        found = [row for row in rows.values_list("id", "kind", "value") if row[0] not in self._seen]
        now = time.monotonic()
        for row_id, _, _ in found:
            self._seen[row_id] = now
            self._last_id = max(self._last_id, row_id)
        if len(self._seen) > 10_000:
            oldest = now - 10 * OVERLAP.total_seconds()
            self._seen = {row_id: at for row_id, at in self._seen.items() if at > oldest}
        return [Change(kind, value) for _, kind, value in found]

    def _follow(self) -> None:
        listener = Listener(settings.REDIS_URL)
        while not self._stopping.is_set():
            listener.wait(self._poll_seconds, self._stopping)
            try:
                self.poll()
            except DatabaseError as error:
                # age() grows, and the data plane refuses: stale data lets nothing through.
                logger.warning("changes.poll_failed", error=str(error))
                connections.close_all()
            except Exception:  # the thread's outermost boundary: a defect must not end the watch silently
                logger.exception("changes.defect")
        listener.close()
        connections.close_all()
