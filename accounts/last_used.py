"""When API keys were last used, written down once a minute: no request waits for it, none asks the database.

The same thread writes down what requests noticed (accounts.noticed).
"""

import threading
import time

import structlog
from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.identity import IdentitySnapshot
from accounts.models import ApiKey
from accounts.noticed import write_down

logger = structlog.get_logger(__name__)
EVERY_SECONDS = 60.0
NOTICES_SECONDS = 5.0
AT_ONCE = 500


class LastUsedWriter:
    """Writes what the snapshot collected; a thread of its own, so that the watcher of changes never waits for it."""

    def __init__(self, identity: IdentitySnapshot) -> None:
        self._identity = identity
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Write every minute from now on."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="last-used", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def write(self) -> int:
        """How many keys were used since the last time. What the database does not take is kept for the next."""
        used, self._identity.used_keys = self._identity.used_keys, set()
        names, now = sorted(used.copy()), timezone.now()
        try:
            for first in range(0, len(names), AT_ONCE):
                # No signal, and so no announcement: nobody decides by this time.
                ApiKey.objects.filter(public_id__in=names[first : first + AT_ONCE]).update(last_used_at=now)
        except DatabaseError as error:
            logger.warning("last_used.not_written", error=str(error), keys=len(names))
            self._identity.used_keys |= used
            return 0
        return len(names)

    def _run(self) -> None:
        due = time.monotonic() + EVERY_SECONDS
        while not self._stopping.wait(NOTICES_SECONDS):
            write_down(self._identity)
            if time.monotonic() >= due:
                self.write()
                due += EVERY_SECONDS
        write_down(self._identity)
        self.write()
        connections.close_all()
