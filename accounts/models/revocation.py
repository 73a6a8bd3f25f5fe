"""Tokens that end before they expire: one token, all of a client, or all there are (SECURITY 5.6).

Persons, programs, organisations, sessions, signing keys and API keys carry their own state or epoch.
"""

from datetime import datetime
from functools import lru_cache
from typing import Self

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.prepared import Prepared
from accounts.models.user import User


class RevocationKind(models.TextChoices):
    """What ended."""

    TOKEN = "jti", "One access token"
    CLIENT = "client_epoch", "All tokens of a client"
    SUBJECT = "iss_sub", "All tokens of a subject of a trusted issuer, so far"
    EVERYTHING = "global_epoch", "All tokens of this installation"


EPOCHS = {RevocationKind.CLIENT: "cep", RevocationKind.EVERYTHING: "gep"}


class RevocationQuerySet(models.QuerySet["Revocation"]):
    """Questions about many."""

    def in_force(self, now: datetime | None = None) -> Self:
        """Those that could still meet a living token."""
        return self.filter(models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now or timezone.now()))

    def epochs(self, client_id: str) -> dict[str, int]:
        """The claims `gep` and `cep` that a token of the client carries now; none where nothing ever ended."""
        return {EPOCHS[kind]: epoch for kind, epoch in _epochs()(client_id)}


class Revocation(models.Model):
    """One row for each thing that ended; for epochs, the number that tokens must carry from then on.

    Attributes:
        issuer, value: of a token its `iss` and `jti`; of a client its id; of a trusted issuer's subject
            `ext:<issuer>:<sub>`.
        epoch: for a trusted issuer's subject, the Unix seconds up to which its tokens were issued.
        expires_at: when no token that it concerns can be alive any more; None for epochs, which only grow.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField("what ends", max_length=16, choices=RevocationKind.choices)
    issuer = models.CharField(max_length=255, blank=True, editable=False)
    value = models.CharField(
        "which", max_length=255, blank=True, help_text="The token's id (jti), or the client id. Empty for all tokens."
    )
    epoch = models.PositiveBigIntegerField(default=0, editable=False)
    reason = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, editable=False)
    updated_at = models.DateTimeField("ended", auto_now=True)
    expires_at = models.DateTimeField("forgotten", null=True, blank=True, editable=False)

    objects = RevocationQuerySet.as_manager()

    class Meta:
        ordering = ("-updated_at",)
        verbose_name = "ended token"
        constraints = (models.UniqueConstraint(fields=("kind", "issuer", "value"), name="one_revocation_of_a_thing"),)

    def __str__(self) -> str:
        return f"{RevocationKind(self.kind).label} {self.value}".strip()


@lru_cache(maxsize=1)
def _epochs() -> Prepared:
    return Prepared(_epochs_for)


def _epochs_for(client_id: str) -> "models.QuerySet[Revocation, tuple[str, int]]":
    client = models.Q(kind=RevocationKind.CLIENT, value=client_id)
    rows = Revocation.objects.filter(client | models.Q(kind=RevocationKind.EVERYTHING))
    return rows.order_by().values_list("kind", "epoch")
