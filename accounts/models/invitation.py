"""Invitations: how a person comes into an organisation. The link works once; only its digest is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.organisation import Organisation
from accounts.models.team import Team
from accounts.models.user import User
from accounts.roles import Role

LIFE = timedelta(days=7)


def default_expiry() -> datetime:
    """A week from now."""
    return timezone.now() + LIFE


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Many invitations."""

    def open(self) -> "InvitationQuerySet":
        """Those that can still be accepted."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now())

    def find(self, pk: UUID | str, secret: str) -> "Invitation | None":
        """The open invitation that a link names; None for anything else, without saying why."""
        found = self.open().select_related("organisation", "team").filter(pk=pk, organisation__is_active=True).first()
        held = bytes(found.digest) if found is not None else bytes(32)
        return found if secrets.compare_digest(held, digest_of(secret)) and found is not None else None


def digest_of(secret: str) -> bytes:
    """SHA-256: the secret has 256 random bits (ASVS 6.5.2)."""
    return hashlib.sha256(secret.encode("utf-8")).digest()


class Invitation(models.Model):
    """An offer of one role in one organisation to whoever holds the link."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    email = models.EmailField()
    role = models.CharField(max_length=32, choices=Role.choices, default=Role.DEVELOPER)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    digest = models.BinaryField(max_length=32, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=default_expiry, editable=False)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.email} as {self.get_role_display()} of {self.organisation}"

    @property
    def state(self) -> str:
        """open, accepted, withdrawn or expired."""
        if self.accepted_at is not None:
            return "accepted"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "open" if timezone.now() < self.expires_at else "expired"

    def fill_secret(self) -> str:
        """Give the unsaved row its secret, which is seen only here."""
        secret = secrets.token_urlsafe(32)
        self.digest = digest_of(secret)
        return secret

    def clean(self) -> None:
        """A team is one of the same organisation."""
        if self.team is not None and self.team.organisation_id != self.organisation_id:
            raise ValidationError({"team": "This team belongs to another organisation."})
