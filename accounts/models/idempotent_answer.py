"""Answers of the management API that are kept for a day, so that a repeated request changes nothing twice."""

import hashlib
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.ring import envelope

KEPT = timedelta(days=1)


class IdempotentAnswerQuerySet(models.QuerySet["IdempotentAnswer"]):
    """Questions about many."""

    def forgotten(self, now: datetime | None = None) -> "IdempotentAnswerQuerySet":
        """Those that are no longer answered with."""
        return self.filter(created_at__lt=(now or timezone.now()) - KEPT)


class IdempotentAnswer(models.Model):
    """The answer to the request that a person named by a key of his own. It may hold a secret shown once: sealed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(default=0)
    content_type = models.CharField(max_length=100, blank=True)
    body_sealed = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = IdempotentAnswerQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("subject", "key"), name="one_answer_to_a_key"),)

    def __str__(self) -> str:
        return f"{self.subject} {self.key}"

    @property
    def aad(self) -> str:
        """What the sealed body is bound to."""
        return f"accounts.idempotentanswer|body|{self.pk}|{self.subject}"

    def keep(self, status: int, content_type: str, body: bytes) -> None:
        """Store what is answered from now on."""
        self.status, self.content_type = status, content_type
        self.body_sealed = envelope().seal(body, aad=self.aad)
        self.save(update_fields=("status", "content_type", "body_sealed"))

    def body(self) -> bytes:
        """What was answered. Raises UnsealError."""
        return envelope().unseal(self.body_sealed, aad=self.aad)


def fingerprint_of(method: str, path: str, body: bytes) -> bytes:
    """SHA-256 of what was asked."""
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).digest()
