"""API keys: opaque, shown once, stored as a peppered digest (SECURITY 5.8)."""

from datetime import datetime, timedelta
from ipaddress import ip_network

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.organisation import Organisation
from accounts.models.team import Team
from accounts.models.user import User
from accounts.scopes import GATEWAY_SCOPES, default_scopes, validate_scopes

DEFAULT_LIFETIME = timedelta(days=90)
LONGEST_OVERLAP = timedelta(days=1)


def default_expiry() -> datetime:
    """Ninety days from now: every key ends some day."""
    return timezone.now() + DEFAULT_LIFETIME


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Questions about many keys."""

    def live(self) -> "ApiKeyQuerySet":
        """Keys that work now."""
        return self.unrevoked().filter(organisation__is_active=True)

    def unrevoked(self) -> "ApiKeyQuerySet":
        """Keys that work while their organisation does."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=timezone.now())

    def for_organisations(self, organisation_ids: list[str]) -> "ApiKeyQuerySet":
        """Those of the given tenants."""
        return self.filter(organisation_id__in=organisation_ids)

    def own(self, person: User) -> "ApiKeyQuerySet":
        """Those that the person made, in organisations where they can work."""
        return self.filter(created_by=person, organisation__in=person.own_organisations())


class ApiKey(models.Model):
    """A program's long-lived credential; better exchanged for a short-lived token."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="api_keys")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="api_keys")
    name = models.CharField(max_length=200, help_text="What uses it: one application, one key.")
    public_id = models.CharField(max_length=8, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    pepper = models.CharField(max_length=32, editable=False)
    last4 = models.CharField(max_length=4, editable=False)
    scopes = models.JSONField(default=default_scopes, validators=[validate_scopes])
    models_allowed = models.JSONField(
        "models", default=list, blank=True, help_text="Public model names; empty for all that the organisation sees."
    )
    allowed_ips = models.JSONField(
        "allowed addresses", default=list, blank=True, help_text="Addresses or CIDRs; empty for any."
    )
    expires_at = models.DateTimeField(default=default_expiry)
    # The secret before the last rotation, while both work.
    previous_digest = models.BinaryField(max_length=32, null=True, editable=False)
    previous_pepper = models.CharField(max_length=32, blank=True, default="", editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    # Seen where others may have seen it; a new secret ends that.
    leaked_at = models.DateTimeField("seen in an address", null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…{self.last4})"

    @property
    def prefix(self) -> str:
        """What may be shown and logged."""
        return f"gth_live_{self.public_id}"

    def replace_secret(self, digest: bytes, pepper: str, last4: str, overlap: timedelta) -> None:
        """Take a new secret in memory; the one before works for `overlap` more, one before that no longer.

        Raises:
            ValidationError: the key does not work any more, or the overlap is longer than a day.
        """
        if self.state != "active":
            raise ValidationError("Only a key that works can get a new secret.")
        if not timedelta() <= overlap <= LONGEST_OVERLAP:
            raise ValidationError("Two secrets of a key work together for a day at most.")
        self.previous_digest, self.previous_pepper = self.digest, self.pepper
        self.previous_until = timezone.now() + overlap
        self.digest, self.pepper, self.last4, self.leaked_at = digest, pepper, last4, None

    def check_maker(self) -> None:
        """Who makes a key gives it no more than he has himself.

        Raises:
            ValidationError: the maker does not belong to the organisation, or was switched off.
        """
        maker = self.created_by
        if maker is None or (maker.is_active and maker.is_superuser):
            return
        if not maker.is_active or not maker.memberships.filter(organisation_id=self.organisation_id).exists():
            raise ValidationError("A key can do what its maker may do, and that is nothing in this organisation.")

    def secrets(self, now: datetime) -> list[tuple[str, bytes]]:
        """Pepper and digest of each secret that works at `now`, where the key does."""
        found = [(self.pepper, bytes(self.digest))]
        if self.previous_digest is not None and self.previous_until is not None and now < self.previous_until:
            found.append((self.previous_pepper, bytes(self.previous_digest)))
        return found

    @property
    def state(self) -> str:
        """active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if self.expires_at > timezone.now() else "expired"

    def clean(self) -> None:
        """The team is of the same organisation, the lists hold what they should."""
        if self.team is not None and self.team.organisation_id != self.organisation_id:
            raise ValidationError({"team": "This team belongs to another organisation."})
        check_addresses(self.allowed_ips)
        if not isinstance(self.models_allowed, list) or not all(isinstance(name, str) for name in self.models_allowed):
            raise ValidationError({"models_allowed": "A list of model names."})
        if unknown := sorted(set(self.scopes) - set(GATEWAY_SCOPES)):
            raise ValidationError({"scopes": f"Not for an API key: {', '.join(unknown)}."})


def check_addresses(addresses: object) -> None:
    """Raises ValidationError unless it is a list of addresses and CIDRs."""
    try:
        for address in addresses if isinstance(addresses, list) else [addresses]:
            ip_network(str(address))
    except ValueError as error:
        raise ValidationError({"allowed_ips": f"Not an address or CIDR: {error}"}) from error
