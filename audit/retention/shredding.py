"""Destroying keys: first in the list beside the database, then in the rows with the event that says so, then the files.

Killed in between, the list is what counts: `finish` brings the rows after it, as it does after a backup was put back.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.content import shredded
from audit.content.sealing import path_of
from audit.ingest.store import Store
from audit.ingest.synthesized import synthesized
from audit.models import AuditBlob, SubjectKey

BATCH = 200  # keys that one event names
LISTED = "list of destroyed keys"


def shred(keys: Sequence[SubjectKey], why: str, type_name: str, attrs: dict[str, Any], **columns: Any) -> int:
    """Destroy the keys and delete what they opened; how many. Each event names at most BATCH of them.

    Args:
        type_name: of the event that says it: `retention.purged` or `data.subject.erased`.

    Raises:
        DatabaseError, OSError: what was destroyed until then stays destroyed; the rest can be done again.
    """
    done = 0
    for first in range(0, len(keys), BATCH):
        batch = keys[first : first + BATCH]
        shredded.note([key.pk for key in batch], timezone.now(), why)
        done += _shred(batch, why, type_name, attrs, columns)
    return done


def finish() -> int:
    """Destroy in the rows what the list says is destroyed: after a crash, or after a backup was put back."""
    alive, listed = SubjectKey.objects.using(settings.AUDIT_DB_ALIAS).alive(), sorted(shredded.listed())
    by_organisation: dict[str, list[SubjectKey]] = {}
    for first in range(0, len(listed), BATCH):  # a database takes only so many values in one question
        for key in alive.filter(pk__in=listed[first : first + BATCH]):
            by_organisation.setdefault(key.organisation_id, []).append(key)
    return sum(
        shred(keys, LISTED, "retention.purged", {"class": "content"}, organisation_id=organisation)
        for organisation, keys in by_organisation.items()
    )


def _shred(
    batch: Sequence[SubjectKey], why: str, type_name: str, attrs: dict[str, Any], columns: dict[str, Any]
) -> int:
    store = Store()
    ids = [key.pk for key in batch]
    with transaction.atomic(using=store.alias):
        store.locked_tree()
        alive = SubjectKey.objects.using(store.alias).alive().filter(pk__in=ids)
        if not (number := alive.count()):
            return 0
        sealed = AuditBlob.objects.using(store.alias).filter(key__in=ids).exclude(location=AuditBlob.Location.GONE)
        files = [path_of(blob) for blob in sealed.filter(location=AuditBlob.Location.FILE).defer("data")]
        more = {"keys": [str(pk) for pk in ids], "keys_destroyed": number, "bodies": sealed.count()}
        leaf = synthesized(type_name, "success", {**attrs, **more, "why": why}, **_filled(columns))
        store.add([leaf])
        alive.update(wrapped_key="", shredded_at=timezone.now(), shred_reason=why[:64], shred_event=UUID(leaf[0]["id"]))
        sealed.update(location=AuditBlob.Location.GONE, data=b"")
    for file in files:
        file.unlink(missing_ok=True)
    return number


def _filled(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if value}
