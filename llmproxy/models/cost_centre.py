"""Cost centres: to whom in the house the cost of calls is charged."""

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from accounts.models import ApiKey, Organisation, ServiceAccount, Team
from llmproxy.models.configuration import Configuration, ConfigurationQuerySet


class CostCentre(Configuration):
    """An account of the organisation's own book-keeping. What a key or program is assigned to goes before its team."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cost_centres")
    code = models.CharField(max_length=64, help_text="As your book-keeping has it.")
    name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConfigurationQuerySet["CostCentre"].as_manager()

    class Meta:
        ordering = ("organisation", "code")
        constraints = (models.UniqueConstraint(fields=("organisation", "code"), name="cost_centre_once"),)

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class CostAssignment(Configuration):
    """Whose calls a cost centre bears, from now on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cost_centre = models.ForeignKey(CostCentre, on_delete=models.CASCADE, related_name="assignments")
    team = models.OneToOneField(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    api_key = models.OneToOneField(
        ApiKey, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="API key"
    )
    service_account = models.OneToOneField(
        ServiceAccount, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )

    objects = ConfigurationQuerySet["CostAssignment"].as_manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.team or self.api_key or self.service_account} → {self.cost_centre}"

    @property
    def bearer(self) -> str:
        """The team's id, the key's id or the program's subject."""
        if self.service_account_id:
            return f"svc:{self.service_account_id}"
        return str(self.api_key_id or self.team_id)

    def clean(self) -> None:
        """Exactly one, of the same organisation."""
        rows = [row for row in (self.team, self.api_key, self.service_account) if row is not None]
        if len(rows) != 1:
            raise ValidationError("Name one team, key or program.")
        if rows[0].organisation_id != self.cost_centre.organisation_id:
            raise ValidationError("It belongs to another organisation than the cost centre.")
