"""The size of the log."""

from django.db import models


class TreeState(models.Model):
    """One row: how many leaves there are. Ingest holds it locked while it numbers new ones."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)

    class Meta:
        db_table = "audit_tree"
        verbose_name = "tree"

    def __str__(self) -> str:
        return f"{self.size} leaves"
