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

    @classmethod
    def newest_leaf(cls) -> int:
        """The index of the last leaf; -1 while there is none."""
        size = cls._default_manager.values_list("size", flat=True).first()
        return (size or 0) - 1
