"""The key ring: one row a key, its private part sealed, its states forward-only (SECURITY 5.2)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.prepared import Prepared

JWKS_MAX_AGE = timedelta(seconds=300)
# Whoever caches the key set has seen a key for sure before it signs.
PUBLISHED_FIRST = 2 * JWKS_MAX_AGE
# The replaced key goes on signing this long: every process has heard of its successor by then.
HANDOVER = timedelta(seconds=2)
ROTATED_AFTER = timedelta(days=90)


class SigningKeyState(models.TextChoices):
    """pending → active → retiring → retired; any → compromised."""

    PENDING = "pending"
    ACTIVE = "active"
    RETIRING = "retiring"
    RETIRED = "retired"
    COMPROMISED = "compromised"


NEXT_STATES = {
    SigningKeyState.PENDING: {SigningKeyState.ACTIVE, SigningKeyState.COMPROMISED},
    SigningKeyState.ACTIVE: {SigningKeyState.RETIRING, SigningKeyState.COMPROMISED},
    SigningKeyState.RETIRING: {SigningKeyState.RETIRED, SigningKeyState.COMPROMISED},
    SigningKeyState.RETIRED: {SigningKeyState.COMPROMISED},
    SigningKeyState.COMPROMISED: set(),
}
STAMPS = {
    SigningKeyState.ACTIVE: "activated_at",
    SigningKeyState.RETIRING: "retiring_at",
    SigningKeyState.RETIRED: "retired_at",
    SigningKeyState.COMPROMISED: "compromised_at",
}
PUBLISHED = (SigningKeyState.PENDING, SigningKeyState.ACTIVE, SigningKeyState.RETIRING)
VERIFYING = (SigningKeyState.ACTIVE, SigningKeyState.RETIRING)


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    """Questions about the ring."""

    def ring(self) -> Self:
        """The keys of access tokens, locked until the transaction ends: changes of the ring come one after another."""
        return self.filter(purpose="access").select_for_update()

    def signing(self, now: datetime) -> "SigningKey | None":
        """The key that signs at `now`: the active one, or the one before it for a moment after the change."""
        rows: list[SigningKey] = _verifying()()
        before = [row for row in rows if row.retiring_at is not None and row.retiring_at > now - HANDOVER]
        if before:
            return max(before, key=lambda row: row.retiring_at or now)
        return next((row for row in rows if row.state == SigningKeyState.ACTIVE), None)


class SigningKey(models.Model):
    """A key that signs access tokens. The algorithm belongs to the row, never to the token.

    Attributes:
        activate_at: when a pending key is put into service by itself; None to wait for a person.
        target_date: the day that a scheduled rotation is for; one key a day, however many schedulers run.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kid = models.CharField(max_length=64, unique=True, editable=False)
    alg = models.CharField(max_length=16, editable=False)
    purpose = models.CharField(max_length=16, default="access", editable=False)
    state = models.CharField(
        max_length=16, choices=SigningKeyState.choices, default=SigningKeyState.PENDING, editable=False
    )
    public_jwk = models.JSONField(editable=False)
    private_sealed = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    activate_at = models.DateTimeField(null=True, blank=True, editable=False)
    activated_at = models.DateTimeField(null=True, blank=True, editable=False)
    retiring_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    compromised_at = models.DateTimeField(null=True, blank=True, editable=False)
    target_date = models.DateField(null=True, blank=True, editable=False)
    note = models.CharField(max_length=200, blank=True)

    objects = SigningKeyQuerySet.as_manager()
    _stored_state: str | None = None

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("purpose",), condition=models.Q(state="active"), name="one_active_signing_key"
            ),
            models.UniqueConstraint(fields=("purpose", "target_date"), name="one_signing_key_per_target_date"),
        )

    def __str__(self) -> str:
        return f"{self.alg} {self.kid[:12]}… ({self.state})"

    def save(self, *args: Any, **options: Any) -> None:
        """As Django's. Raises ValidationError for a state that the stored one does not lead to."""
        if self._stored_state not in (None, self.state):
            check_step(str(self._stored_state), self.state)
        super().save(*args, **options)
        self._stored_state = self.state

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        """As Django's; what is stored is remembered, so that `save` notices a step back."""
        row = super().from_db(db, field_names, values, **options)
        row._stored_state = row.__dict__.get("state")
        return row

    def refresh_from_db(self, *args: Any, **options: Any) -> None:
        """As Django's."""
        super().refresh_from_db(*args, **options)
        self._stored_state = self.state

    @property
    def aad(self) -> str:
        """What the sealed private part is bound to."""
        return f"accounts.signingkey|private|{self.pk}|"

    @property
    def activatable_at(self) -> datetime:
        """When a pending key has been published long enough to sign."""
        return self.created_at + PUBLISHED_FIRST

    def retirable_at(self, longest_token: timedelta) -> datetime | None:
        """When the last token of a retiring key is gone; None for a key that was not replaced."""
        return None if self.retiring_at is None else self.retiring_at + HANDOVER + longest_token

    def move_to(self, state: str, now: datetime | None = None) -> None:
        """Take a step and stamp it. Raises ValidationError for a step back."""
        check_step(self.state, state)
        self.state = state
        setattr(self, STAMPS[SigningKeyState(state)], now or timezone.now())
        self.save()


def check_step(old: str, new: str) -> None:
    """Raises ValidationError for a step back."""
    allowed: Sequence[str] = sorted(NEXT_STATES[SigningKeyState(old)])
    if new not in allowed:
        raise ValidationError(f"A {old} key cannot become {new}.")


@lru_cache(maxsize=1)
def _verifying() -> Prepared:
    return Prepared(lambda _: SigningKey.objects.filter(state__in=VERIFYING, purpose="access").order_by())
