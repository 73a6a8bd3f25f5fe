"""What is wrong with the log at this moment, short of checking all of it."""

from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone

from audit import lag, partitions
from audit.models import (
    AuditEvent,
    DeadLetter,
    Destination,
    SignedCheckpoint,
    SpoolWriterRow,
    TreeState,
    VerificationRun,
)
from audit.watching.install import install

LATE_SECONDS = 60.0
DAYS_UNVERIFIED = 2


def problems() -> list[str]:
    """Each in words, with what to do. Raises DatabaseError, OSError."""
    return [*_intake(), *_trust(), *_coverage(), *_places()]


def _intake() -> Iterator[str]:
    if (late := lag.seconds()) > LATE_SECONDS:
        yield f"records wait for {late:.0f} s: is the worker running? `manage.py audit ingest` takes them in"
    if DeadLetter.objects.using(settings.AUDIT_DB_ALIAS).exists():
        yield "some bytes were no records: `manage.py audit dead-letter list`"
    if SpoolWriterRow.objects.using(settings.AUDIT_DB_ALIAS).filter(gaps__gt=0).exists():
        yield "records are missing: `manage.py audit gaps`"


def _trust() -> Iterator[str]:
    alias = settings.AUDIT_DB_ALIAS
    newest = SignedCheckpoint.objects.using(alias).first()
    if newest is None and TreeState.newest_leaf() >= 0:
        yield "nothing is signed yet: `manage.py audit checkpoint`"
    if not settings.AUDIT_KEY_FILE.exists():
        yield f"there is no signing key at {settings.AUDIT_KEY_FILE.name}: restore it from its backup"
    last = VerificationRun.objects.filter(ended_at__isnull=False).first()
    if last is None:
        yield "the log was not checked yet: is the worker running? `manage.py audit verify` does it now"
    elif (timezone.now() - last.ended_at).days >= DAYS_UNVERIFIED:  # type: ignore[operator]
        yield "the log was not checked for days: `manage.py audit verify`"
    elif last.state != VerificationRun.State.HOLDS:
        yield f"the last check found {len(last.findings) + last.more} things: see docs/evidence.md"
    if AuditEvent.objects.using(alias).filter(type="integrity.fork_detected").exists():
        yield "the log contradicts a checkpoint that was signed: see docs/evidence.md"


def _coverage() -> Iterator[str]:
    if changed := install():
        yield f"the watch on {len(changed)} triggers was off; it is on again: who took it off?"
    if AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).filter(type="audit.change.unattributed").exists():
        yield "settings were changed past Gatehouse: `manage.py audit search 'type=audit.change.unattributed'`"
    if count := partitions.strayed(settings.AUDIT_DB_ALIAS):
        yield f"{count} events lie in the default partition: a clock was wrong, or no month was made in time"


def _places() -> Iterator[str]:
    anchors = Destination.objects.filter(enabled=True, takes=Destination.Takes.CHECKPOINTS)
    if not anchors:
        yield "no checkpoint is kept outside: add a destination in the admin"
    for destination in Destination.objects.filter(enabled=True, failures__gt=0):
        yield f"{destination.name} failed {destination.failures} times: {destination.problem}"
