"""Which leaves of the log were removed after their time: what makes their absence explained."""

from django.db import models


class PurgedLeaves(models.Model):
    """The leaves that one run removed, under the id of the event that says so and holds the SHA-256 of the list."""

    id = models.UUIDField(primary_key=True, editable=False)
    retention_class = models.CharField(max_length=32)
    first = models.BigIntegerField()
    end = models.BigIntegerField()
    count = models.BigIntegerField()
    runs = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        db_table = "audit_purged_leaves"
        ordering = ("at",)
        verbose_name = "removed leaves"

    def __str__(self) -> str:
        return f"{self.count} of class {self.retention_class}"
