"""Has issuers' keys fetched that the data plane met and did not know: a thread, so that no call waits for it."""

import threading

import structlog
from django.db import DatabaseError, connections
from kombu.exceptions import KombuError

from accounts.actions import want_issuer_keys
from accounts.identity import IdentitySnapshot
from accounts.tasks import fetch_issuers

logger = structlog.get_logger(__name__)
AT_MOST_EVERY_SECONDS = 1.0


class KeyWishes:
    """Writes down what the snapshot collected, and hints to Celery; the sweep finds it where the hint is lost."""

    def __init__(self, identity: IdentitySnapshot) -> None:
        self._identity = identity
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """From now on."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="key-wishes", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._identity.keys_wanted.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def write(self) -> list[str]:
        """The issuers that are asked now. What the database does not take is forgotten; the next call asks again."""
        wanted, self._identity.wanted_keys = self._identity.wanted_keys, set()
        try:
            due = want_issuer_keys.execute(sorted(wanted))
            if due:
                fetch_issuers.apply_async(retry=False, expires=60)
        except (DatabaseError, KombuError, OSError) as error:
            logger.warning("issuer_keys.not_asked_for", error=str(error))
            return []
        return due

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._identity.keys_wanted.wait()
            self._identity.keys_wanted.clear()
            if not self._stopping.is_set():
                self.write()
            self._stopping.wait(AT_MOST_EVERY_SECONDS)
        connections.close_all()
