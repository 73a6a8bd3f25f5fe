"""Organisations: the tenants. Nothing of one is ever visible to another."""

from django.db import models
from uuid_utils.compat import uuid7


class Organisation(models.Model):
    """A tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=63, unique=True)
    is_active = models.BooleanField(default=True, help_text="Switched off, none of its credentials works any more.")
    dpop_required = models.BooleanField(
        "only bound tokens",
        default=False,
        help_text="Tokens must be bound to a key of the client's (DPoP). API keys are then for exchanging only.",
    )
    epoch = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
