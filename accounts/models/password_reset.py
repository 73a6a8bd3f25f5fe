"""Requests for a new password: kept whether or not anybody is meant, so that both cost the same (ASVS 6.3.8)."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

KEPT = timedelta(days=1)
WINDOW = timedelta(hours=1)
MOST_BY_NAME, MOST_BY_ADDRESS = 3, 20
LONGEST_NAME = 254


class PasswordResetQuerySet(models.QuerySet["PasswordReset"]):
    """Questions about many."""

    def waiting(self) -> "PasswordResetQuerySet":
        """Those that no letter was thought about yet; older ones are not worth it any more."""
        return self.filter(handled_at__isnull=True, created_at__gt=timezone.now() - WINDOW)

    def too_many_from(self, address: str) -> bool:
        """Whether an address asked too often within the hour."""
        recent = self.filter(address=address, created_at__gt=timezone.now() - WINDOW)
        return recent.count() >= MOST_BY_ADDRESS

    def prune(self) -> None:
        """Forget those of the days before."""
        self.filter(created_at__lt=timezone.now() - KEPT).delete()


class PasswordReset(models.Model):
    """Somebody typed a name or an e-mail address and asked for a letter."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=LONGEST_NAME)
    address = models.CharField(max_length=45)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    handled_at = models.DateTimeField(null=True)

    objects = PasswordResetQuerySet.as_manager()

    class Meta:
        ordering = ("created_at",)

    def __str__(self) -> str:
        return f"password reset {self.pk}"

    def is_one_too_many(self) -> bool:
        """Whether the same name was asked for too often within the hour: nobody's mailbox is flooded."""
        since: datetime = self.created_at - WINDOW
        before = PasswordReset.objects.filter(
            name__iexact=self.name, created_at__gt=since, created_at__lt=self.created_at
        )
        return before.count() >= MOST_BY_NAME
