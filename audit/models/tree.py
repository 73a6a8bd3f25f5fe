"""The log's tree: its size and right edge, its tiles, what was signed of it, and by which keys."""

from django.db import models

from audit.tree.frontier import Frontier

LEVEL_BITS = 48


class TreeState(models.Model):
    """One row: how many leaves there are, the frontier, below which leaf all are removed.

    Ingest holds it locked while it numbers new ones.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=b"")
    pruned_below = models.BigIntegerField(default=0)

    class Meta:
        db_table = "audit_tree"
        verbose_name = "tree"

    def __str__(self) -> str:
        return f"{self.size} leaves"

    def edge(self) -> Frontier:
        """Its right edge. Raises ValueError: the row was tampered with."""
        return Frontier.unpacked(self.size, bytes(self.frontier))

    @classmethod
    def newest_leaf(cls) -> int:
        """The index of the last leaf; -1 while there is none."""
        size = cls._default_manager.values_list("size", flat=True).first()
        return (size or 0) - 1


class TreeTile(models.Model):
    """Up to 256 hashes of one row of the tree (tlog-tiles). Its key is level << 48 | number."""

    id = models.BigIntegerField(primary_key=True)
    hashes = models.BinaryField()

    class Meta:
        db_table = "audit_tile"
        verbose_name = "tile"

    def __str__(self) -> str:
        level, n = self.name
        return f"{level}/{n}"

    @staticmethod
    def key(level: int, n: int) -> int:
        """The primary key of a tile."""
        return level << LEVEL_BITS | n

    @property
    def name(self) -> tuple[int, int]:
        """Level and number."""
        return self.id >> LEVEL_BITS, self.id & ((1 << LEVEL_BITS) - 1)


class SignedCheckpoint(models.Model):
    """A checkpoint that was signed: one for a size, ever."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        db_table = "audit_checkpoint"
        ordering = ("-size",)
        verbose_name = "checkpoint"

    def __str__(self) -> str:
        return f"checkpoint of {self.size} leaves"


class LogKey(models.Model):
    """The public half of a key that signs or signed checkpoints."""

    vkey = models.CharField(max_length=512, primary_key=True)
    first_used_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_log_key"
        ordering = ("first_used_at",)
        verbose_name = "log key"

    def __str__(self) -> str:
        return self.vkey
