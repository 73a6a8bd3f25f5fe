"""How the log stands in figures, cheap enough to be asked every few seconds: nothing is checked, nothing changed."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db.models import Sum

from audit import lag
from audit.health import LATE_SECONDS
from audit.models import DeadLetter, Destination, SignedCheckpoint, SpoolWriterRow, TreeState, VerificationRun

MOST_COUNTED = 1000


class VitalSigns(NamedTuple):
    """Figures.

    Attributes:
        size: events in the log; `signed_size`: in the newest checkpoint, 0 while there is none.
        lag_seconds: age of the oldest record that waits to be taken in.
        last_run: the newest check that ended.
        gaps: records that are missing from the numbering of their writers.
        dead_letters: bytes that were no records; counted up to 1000.
        anchors: places outside that take checkpoints and are switched on.
    """

    size: int
    signed_size: int
    signed_at: datetime | None
    lag_seconds: float
    last_run: VerificationRun | None
    gaps: int
    dead_letters: int
    anchors: list[Destination]

    @property
    def healthy(self) -> bool:
        """Whether nothing of it is a worry. A log outside of which nothing is kept is one, for nobody could tell."""
        signed = self.signed_size > 0 or self.size == 0
        held = self.last_run is None or self.last_run.state == VerificationRun.State.HOLDS
        kept = bool(self.anchors) and not any(anchor.failures for anchor in self.anchors)
        whole = not self.gaps and not self.dead_letters
        return signed and held and kept and whole and self.lag_seconds <= LATE_SECONDS


def vital_signs() -> VitalSigns:
    """As of now. Raises DatabaseError, OSError."""
    alias = settings.AUDIT_DB_ALIAS
    newest = SignedCheckpoint.objects.using(alias).first()
    missing = SpoolWriterRow.objects.using(alias).filter(gaps__gt=0).aggregate(n=Sum("gaps"))["n"]
    return VitalSigns(
        TreeState.newest_leaf() + 1, newest.size if newest else 0, newest.signed_at if newest else None,
        round(lag.seconds(), 3), VerificationRun.objects.filter(ended_at__isnull=False).first(), missing or 0,
        len(DeadLetter.objects.using(alias).values_list("pk")[:MOST_COUNTED]),
        list(Destination.objects.filter(enabled=True, takes=Destination.Takes.CHECKPOINTS)),
    )  # fmt: skip
