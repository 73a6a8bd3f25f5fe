"""Sealed content against the log: what was kept is there unaltered, or its key was destroyed and the log says why."""

import datetime as dt
from collections import Counter
from typing import Any
from uuid import UUID

import orjson
from django.utils import timezone

from audit.content.sealing import is_whole
from audit.event_ids import moment_of
from audit.ingest.contents import leaf_id
from audit.models import AuditBlob, AuditEvent, SubjectKey
from audit.retention.explained import Explained, removals
from audit.retention.periods import Month
from audit.tree.findings import Report
from audit.tree.levels import Level

CHUNK = 500
NAMING = tuple(f"proxy.request.{verb}" for verb in ("started", "completed", "failed", "aborted"))
ON_ITS_WAY = dt.timedelta(hours=1)
COPIES = ("original", "redacted")


def verify_content(alias: str, report: Report) -> None:
    """Each body that the log says was kept. Raises DatabaseError."""
    destroyed: Counter[str] = Counter()
    vouched: dict[UUID, bool] = {}
    after = -1
    events = AuditEvent.objects.using(alias).filter(type="data.content.kept").order_by("leaf_index")
    while batch := list(events.filter(leaf_index__gt=after).values_list("leaf_index", "raw")[:CHUNK]):
        after = batch[-1][0]
        named = {leaf: orjson.loads(bytes(raw)).get("attrs", {}) for leaf, raw in batch}
        ids = [attrs[copy]["blob"] for attrs in named.values() for copy in COPIES]
        blobs = AuditBlob.objects.using(alias).select_related("key").in_bulk([UUID(found) for found in ids])
        for leaf, attrs in named.items():
            for problem in _problems(alias, attrs, blobs, destroyed, vouched):
                report.find(f"leaf {leaf}: {problem}")
    _check_arrived(alias, report)
    for why, number in sorted(destroyed.items()):
        report.note(f"{number} sealed copies were destroyed: {why}")


def _check_arrived(alias: str, report: Report) -> None:
    """Each body that a call's record names did reach the log, unless it is on its way, or went with its month."""
    since, lately = _removed_before(alias), timezone.now() - ON_ITS_WAY
    events = AuditEvent.objects.using(alias).filter(type__in=NAMING, audit_level__gte=Level.REQUEST)
    after = -1
    while batch := list(
        events.filter(leaf_index__gt=after).order_by("leaf_index").values_list("leaf_index", "attrs")[:CHUNK]
    ):
        after = batch[-1][0]
        named = {leaf_id(UUID(text)): leaf for leaf, attrs in batch for text in _contents(attrs)}
        there = set(AuditEvent.objects.using(alias).filter(pk__in=named).values_list("pk", flat=True))
        for pk, leaf in named.items():
            if pk not in there and since <= moment_of(pk) < lately:
                report.find(f"leaf {leaf}: what was said is named there and never reached the log")


def _contents(attrs: dict[str, Any]) -> list[str]:
    named = attrs.get("content")
    return [text for text in named.values() if isinstance(text, str)] if isinstance(named, dict) else []


def _removed_before(alias: str) -> dt.datetime:
    """Up to when what says that bodies were kept may have been removed with its month."""
    months = [str(one.about.get("month")) for one in removals(alias) if isinstance(one, Explained)]
    return Month(max(months)).end if months else dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _problems(
    alias: str, attrs: dict[str, Any], blobs: dict[UUID, AuditBlob], destroyed: Counter[str], vouched: dict[UUID, bool]
) -> list[str]:
    found = []
    for copy in COPIES:
        blob = blobs.get(UUID(attrs[copy]["blob"]))
        if blob is None:
            found.append(f"the {copy} of what was said is missing")
        elif blob.key.shredded_at is not None:
            if blob.key_id not in vouched:
                vouched[blob.key_id] = _is_vouched(alias, blob.key)
            if vouched[blob.key_id]:
                destroyed[blob.key.shred_reason.partition(" 0")[0]] += 1
            else:
                found.append(f"the key of the {copy} was destroyed, and no event says so")
        elif attrs[copy]["sha256"] != blob.sha256_cipher or not is_whole(blob):
            found.append(f"the {copy} of what was said is missing or was altered")
    return found


def _is_vouched(alias: str, key: SubjectKey) -> bool:
    """An event of the log names the key, and says that it was destroyed."""
    event = AuditEvent.objects.using(alias).filter(pk=key.shred_event).first() if key.shred_event else None
    if event is None or event.type not in ("retention.purged", "data.subject.erased"):
        return False
    record = orjson.loads(bytes(event.raw))
    attrs = record.get("attrs", {})
    if record.get("organisation_id", "") != key.organisation_id:
        return False
    return str(key.pk) in attrs.get("keys", [])
