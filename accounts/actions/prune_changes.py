"""Forget what every process has long heard of: announcements and answers of a day ago, revocations of dead tokens."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import ChangeEvent, IdempotentAnswer, Revocation

# Every process reads everything anew each minute; a day is for people who look into it.
KEPT = timedelta(days=1)


def execute(now: datetime | None = None) -> int:
    """How many rows went."""
    now = now or timezone.now()
    changes, _ = ChangeEvent.objects.filter(created_at__lt=now - KEPT).delete()
    revocations, _ = Revocation.objects.filter(expires_at__lt=now).delete()
    answers, _ = IdempotentAnswer.objects.forgotten(now).delete()
    return changes + revocations + answers
