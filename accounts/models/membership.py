"""Who belongs where, and as what."""

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from accounts.models.organisation import Organisation
from accounts.models.team import Team
from accounts.models.user import User
from accounts.roles import Role, conflict

__all__ = ["Membership", "MembershipQuerySet", "Role"]


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Who belongs where."""

    def owners_besides(self, membership: "Membership") -> "MembershipQuerySet":
        """The other people who own the organisation and can sign in."""
        others = self.filter(organisation_id=membership.organisation_id, role=Role.OWNER, user__is_active=True)
        return others.exclude(user_id=membership.user_id)


class Membership(models.Model):
    """A person's place in an organisation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=32, choices=Role.choices, default=Role.DEVELOPER)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ("created_at",)
        constraints = (models.UniqueConstraint(fields=("user", "organisation", "role"), name="membership_role_once"),)

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()} of {self.organisation}"

    def clean(self) -> None:
        """A team is one of the same organisation; nobody changes configuration and judges the evidence of it."""
        if self.team is not None and self.team.organisation_id != self.organisation_id:
            raise ValidationError({"team": "This team belongs to another organisation."})
        same = Membership.objects.filter(user_id=self.user_id, organisation_id=self.organisation_id)
        held = same.exclude(pk=self.pk).values_list("role", flat=True)
        if (other := conflict(self.role, held)) is not None:
            raise ValidationError({"role": f"Nobody holds this role and “{Role(other).label}” in one organisation."})
