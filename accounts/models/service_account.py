"""Programs that fetch their own short-lived tokens (SECURITY 5.10)."""

from ipaddress import ip_address, ip_network

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from accounts.models.api_key import check_addresses
from accounts.models.organisation import Organisation
from accounts.models.team import Team
from accounts.scopes import default_scopes, validate_scopes


class ServiceAccount(models.Model):
    """A program's identity. `client_id` is random and looks like no subject (RFC 9700 §4.15)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="service_accounts")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="service_accounts")
    name = models.CharField(max_length=200)
    client_id = models.CharField(max_length=40, unique=True, editable=False)
    scopes = models.JSONField(default=default_scopes, validators=[validate_scopes])
    allowed_ips = models.JSONField(
        "allowed addresses",
        default=list,
        blank=True,
        help_text="Where it may fetch and use tokens; empty for anywhere.",
    )
    is_active = models.BooleanField(default=True)
    dpop_required = models.BooleanField(
        "only bound tokens", default=False, help_text="Its tokens must be bound to a key of its own (DPoP)."
    )
    epoch = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """The `sub` of its tokens."""
        return f"svc:{self.pk}"

    @property
    def needs_proof(self) -> bool:
        """Whether its tokens have to be bound to a key, by its own policy or its organisation's."""
        return self.dpop_required or self.organisation.dpop_required

    def allows(self, address: str) -> bool:
        """Whether it may be used from there, by its list of addresses."""
        if not self.allowed_ips:
            return True
        try:
            peer = ip_address(address)
        except ValueError:
            return False
        return any(peer in ip_network(entry) for entry in self.allowed_ips)

    def clean(self) -> None:
        """The team is of the same organisation, the addresses are some."""
        check_addresses(self.allowed_ips)
        if self.team is not None and self.team.organisation_id != self.organisation_id:
            raise ValidationError({"team": "This team belongs to another organisation."})
