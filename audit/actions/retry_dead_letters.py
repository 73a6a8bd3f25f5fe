"""Try again to take in what was no record: an upgrade may have made it one."""

from django.conf import settings
from django.db import DataError, transaction

from audit.ingest.projection import NotARecord, parsed
from audit.ingest.store import Store
from audit.models import DeadLetter

BATCH = 100


def retry_dead_letters() -> int:
    """How many were taken in. What still is no record stays where it is. Raises DatabaseError."""
    alias, taken, after = settings.AUDIT_DB_ALIAS, 0, 0
    letters = DeadLetter.objects.using(alias).order_by("pk")
    while batch := list(letters.filter(pk__gt=after)[:BATCH]):
        taken += sum(_taken(alias, letter) for letter in batch)
        after = batch[-1].pk
    return taken


def _taken(alias: str, letter: DeadLetter) -> bool:
    raw = bytes(letter.raw)
    try:
        record = parsed(raw)
        with transaction.atomic(using=alias):
            Store().add([(record, raw)])
            letter.delete(using=alias)
    except (DataError, NotARecord, OverflowError, UnicodeError):
        return False
    return True
