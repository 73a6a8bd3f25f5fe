"""What the log knows of the spool: writers, their segments, and what could not be read."""

from django.db import models


class SpoolWriterRow(models.Model):
    """One life of one process that wrote records."""

    id = models.UUIDField(primary_key=True)
    node = models.CharField(max_length=64)
    pid = models.IntegerField(default=0)
    boot_id = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField()
    last_seq_seen = models.BigIntegerField(default=0)
    gaps = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_writer"
        verbose_name = "writer"

    def __str__(self) -> str:
        return f"{self.node} {self.id}"


class SpoolSegment(models.Model):
    """A segment that was taken in: offset up to which, and how it ended."""

    path = models.CharField(max_length=255, primary_key=True)
    writer = models.UUIDField(null=True)
    n = models.IntegerField(default=0)
    offset = models.BigIntegerField(default=0)
    state = models.CharField(max_length=16)
    committed_at = models.DateTimeField()

    class Meta:
        db_table = "audit_segment"
        verbose_name = "segment"

    def __str__(self) -> str:
        return self.path


class DeadLetter(models.Model):
    """Bytes from the spool that are no record: kept, named, never dropped."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=255)
    reason = models.CharField(max_length=255)
    raw = models.BinaryField()
    found_at = models.DateTimeField()

    class Meta:
        db_table = "audit_dead_letter"
        verbose_name = "dead letter"

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"
