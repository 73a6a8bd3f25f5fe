"""The outbox: records of control-plane changes, written in the transaction of the change itself."""

from django.db import models


class OutboxRecord(models.Model):
    """One record on its way into the log. Lives in the application's database."""

    id = models.UUIDField(primary_key=True, editable=False)
    raw = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_outbox"
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.id)
