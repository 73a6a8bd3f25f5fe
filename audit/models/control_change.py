"""What the database itself noted: a change of a control table, or that a record was made in the same transaction."""

from django.db import models


class ControlChange(models.Model):
    """Written by triggers only (audit.watching), in the application's database. Names, never values."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    table = models.CharField(max_length=100)
    verb = models.CharField(max_length=16)
    row = models.TextField(blank=True)
    columns = models.TextField(blank=True)
    txid = models.CharField(max_length=64, blank=True, db_index=True)
    role = models.CharField(max_length=100, blank=True)

    class Meta:
        db_table = "audit_control_change"
        ordering = ("id",)
        verbose_name = "noted change"

    def __str__(self) -> str:
        return f"{self.verb} {self.table} {self.row}"
