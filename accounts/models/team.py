"""Teams within an organisation."""

from django.db import models
from uuid_utils.compat import uuid7

from accounts.models.organisation import Organisation


class Team(models.Model):
    """A group of people and programs whose use is counted together."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("organisation", "name")
        constraints = (models.UniqueConstraint(fields=("organisation", "name"), name="team_name_once"),)

    def __str__(self) -> str:
        return self.name
