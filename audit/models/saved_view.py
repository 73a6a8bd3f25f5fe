"""Searches that people keep."""

from django.db import models
from uuid_utils.compat import uuid7


class SavedView(models.Model):
    """A name for a query of the explorer. People are kept by id: no foreign keys into other apps."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=2000, help_text="The explorer's query string.")
    owner_id = models.CharField(max_length=64)
    owner_name = models.CharField(max_length=150)
    shared = models.BooleanField(
        default=False, help_text="Others see the search, never events that are not theirs to see."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_saved_view"
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("owner_id", "name"), name="one_view_of_a_name"),)

    def __str__(self) -> str:
        return self.name
