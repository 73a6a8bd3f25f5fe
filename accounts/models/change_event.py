"""What changed, for every process to hear of within a second (SECURITY 5.6)."""

from django.db import models


class ChangeEvent(models.Model):
    """One announcement. Ids become visible out of order, so readers look back a little."""

    kind = models.CharField(max_length=32)
    value = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
