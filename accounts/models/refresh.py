"""Refresh families: opaque tokens, hashed, rotated by compare-and-swap, reuse ends the family (SECURITY 5.5)."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.browser_session import LONGEST_AGENT
from accounts.models.organisation import Organisation
from accounts.models.user import User


class RefreshFamilyQuerySet(models.QuerySet["RefreshFamily"]):
    """Questions about many."""

    def living(self) -> "RefreshFamilyQuerySet":
        """Those that can be renewed now: not ended, not over, not left alone for too long."""
        now = timezone.now()
        usable = RefreshToken.objects.filter(family=models.OuterRef("pk"), used_at__isnull=True, expires_at__gt=now)
        present = self.filter(epoch=models.F("user__epoch"), user__is_active=True)
        return present.filter(models.Exists(usable), revoked_at__isnull=True, expires_at__gt=now)


class RefreshFamily(models.Model):
    """One login and all that was renewed from it: a session. Its id is the `sid` of the access tokens.

    Attributes:
        address, user_agent: where it was signed in or renewed last.
        epoch: the person's when it began; whatever raises that ends the session too.
        dpop_key: the thumbprint of the key that it is bound to (RFC 9449 §5); "" where it is bound to none.
    """

    # People's sessions belong to Gatehouse's own sign-in, a public client: its `client_id` in tokens and requests.
    CLIENT_ID: ClassVar[str] = "password-login"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_families")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    audience = models.CharField(max_length=255)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    epoch = models.PositiveBigIntegerField(default=0, editable=False)
    dpop_key = models.CharField(max_length=43, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    address = models.CharField(max_length=45, blank=True, editable=False)
    user_agent = models.CharField(max_length=LONGEST_AGENT, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=32, blank=True)

    objects = RefreshFamilyQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        verbose_name_plural = "refresh families"

    def __str__(self) -> str:
        return f"session {self.pk}"

    def used(self, at: datetime, address: str, user_agent: str) -> None:
        """Note when and from where."""
        self.last_used_at, self.address, self.user_agent = at, address[:45], user_agent[:LONGEST_AGENT]
        self.save(update_fields=["last_used_at", "address", "user_agent"])

    def binds(self, thumbprint: str | None) -> bool:
        """Whether who holds the key with this thumbprint may renew it; an unbound session is anybody's who has it."""
        return self.dpop_key in ("", thumbprint)

    def bind(self, thumbprint: str | None) -> None:
        """Bound to the key from now on; None changes nothing."""
        if thumbprint is not None and self.dpop_key != thumbprint:
            self.dpop_key = thumbprint
            self.save(update_fields=["dpop_key"])

    def lives(self, now: datetime) -> bool:
        """Whether it may be renewed at `now`."""
        open_ = self.revoked_at is None and now < self.expires_at
        return open_ and self.epoch == self.user.epoch and self.user.is_active and self.organisation.is_active


class RefreshToken(models.Model):
    """One link of the chain. Only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    family = models.ForeignKey(RefreshFamily, on_delete=models.CASCADE, related_name="tokens")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="+")
    digest = models.BinaryField(max_length=32)
    issued_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-issued_at",)

    def __str__(self) -> str:
        return f"refresh token {self.pk}"
