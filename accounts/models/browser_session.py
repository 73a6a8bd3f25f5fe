"""Browser sessions, so that a person can see where he is signed in and end what he does not know."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone

from accounts.models.user import User

# What saving a session's content writes; the rest is written when it is used.
CONTENT = ("session_data", "expire_date", "user")
LONGEST_AGENT = 200


class BrowserSessionManager(BaseSessionManager["BrowserSession"]):
    """Questions about many."""

    def of(self, user: User) -> "list[BrowserSession]":
        """Those in which the person is signed in now, the newest first: not expired, and of his present epoch."""
        rows = self.filter(user=user, expire_date__gt=timezone.now()).order_by("-last_used_at")
        now_holds = user.get_session_auth_hash()
        return [row for row in rows if row.get_decoded().get("_auth_user_hash") == now_holds]


class BrowserSession(AbstractBaseSession):
    """One browser. `session_key` is a digest of what the cookie holds: who reads this table can sign in as nobody.

    Attributes:
        address, user_agent: where it was used last.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="browser_sessions")
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=LONGEST_AGENT, blank=True)

    objects: ClassVar[BrowserSessionManager] = BrowserSessionManager()

    class Meta(AbstractBaseSession.Meta):
        db_table = "accounts_browser_session"
        verbose_name = "browser session"
        verbose_name_plural = "browser sessions"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The engine of settings.SESSION_ENGINE."""
        # Here: the engine imports this model.
        from accounts.session_store import SessionStore

        return SessionStore

    def save(self, *args: Any, **options: Any) -> None:
        """As Django's; saving the content again leaves alone when and where it was used."""
        if options.get("force_update"):
            options["update_fields"] = CONTENT
        super().save(*args, **options)

    def used(self, at: datetime, address: str, user_agent: str) -> None:
        """Note when and from where."""
        BrowserSession.objects.filter(pk=self.pk).update(
            last_used_at=at, address=address[:45], user_agent=user_agent[:LONGEST_AGENT]
        )
