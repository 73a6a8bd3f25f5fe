"""settings.SESSION_ENGINE: sessions in the database, found by a digest of the cookie and not by the cookie."""

import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from accounts.models import BrowserSession

DIGEST_LENGTH = 40  # hexadecimal digits: 160 bits


def digest_of(session_key: str | None) -> str:
    """What the table knows a session by."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:DIGEST_LENGTH]


class SessionStore(DatabaseStore):
    """As Django's, with digests (ASVS 16.2.5), and the person beside each session."""

    @classmethod
    def get_model_class(cls) -> Any:
        """Ours."""
        return BrowserSession

    def _get_session_from_db(self) -> Any:
        rows = BrowserSession.objects.filter(session_key=digest_of(self.session_key), expire_date__gt=timezone.now())
        if (found := rows.first()) is None:
            self._session_key = None
        return found

    def exists(self, session_key: str | None) -> bool:
        """Whether there is one of this cookie."""
        return BrowserSession.objects.filter(session_key=digest_of(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """With the digest, and whose it is."""
        row: Any = super().create_model_instance(data)
        row.session_key, row.user_id = digest_of(row.session_key), data.get("_auth_user_id")
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Nothing where there is none."""
        key = session_key or self.session_key
        if key is not None:
            BrowserSession.objects.filter(session_key=digest_of(key)).delete()
