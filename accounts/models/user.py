"""People."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from uuid_utils.compat import uuid7


class User(AbstractUser):
    """A person. Programs are service accounts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # A token carries the epoch it was issued under; raising it ends every token of the person (SECURITY 5.6).
    epoch = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta(AbstractUser.Meta):
        ordering = ("username",)

    def set_password(self, raw_password: str | None) -> None:
        """As Django's; a new password ends the tokens that were issued under the old one (ASVS 7.4.3)."""
        super().set_password(raw_password)
        self.epoch += 1

    def check_password(self, raw_password: str | None) -> bool:
        """As Django's, which may store a stronger hash of the same password: that ends nothing."""
        epoch = self.epoch
        holds = super().check_password(raw_password)
        self.epoch = epoch
        return holds

    @property
    def subject(self) -> str:
        """The `sub` of the person's tokens."""
        return f"usr:{self.pk}"

    def organisation_ids(self, *roles: str) -> list[str]:
        """The organisations in which the person holds one of `roles`, or any role where none is named."""
        held = self.memberships.filter(organisation__is_active=True)
        if roles:
            held = held.filter(role__in=roles)
        return [str(pk) for pk in held.values_list("organisation_id", flat=True).distinct()]

    def audit_organisation_ids(self) -> list[str]:
        """The organisations whose evidence the person may see."""
        return self.organisation_ids("owner", "auditor", "review_lead", "compliance_officer")
