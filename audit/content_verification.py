"""Sealed content against the log: what was kept is there unaltered, or its key was destroyed and the log says why."""

import datetime as dt
import re
from collections import Counter
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone

from audit.content.sealing import is_whole
from audit.event_ids import moment_of
from audit.ingest.contents import leaf_id
from audit.models import AuditBlob, AuditEvent, SubjectKey
from audit.retention.explained import Explained, removals
from audit.retention.periods import Month
from audit.stored_attrs import attrs_of, members_of
from audit.tree.findings import Report
from audit.tree.levels import Level

CHUNK = 500
NAMING = tuple(f"proxy.request.{verb}" for verb in ("started", "completed", "failed", "aborted"))
ON_ITS_WAY = dt.timedelta(hours=1)
COPIES = ("original", "redacted")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


class Copy(NamedTuple):
    """One sealed copy, as the log names it."""

    blob: UUID
    sha256: str


Kept = dict[str, Copy]


def verify_content(alias: str, report: Report) -> None:
    """Each body that the log says was kept. Raises DatabaseError."""
    destroyed: Counter[str] = Counter()
    vouched: dict[UUID, bool] = {}
    after = -1
    events = AuditEvent.objects.using(alias).filter(type="data.content.kept").order_by("leaf_index")
    while batch := list(events.filter(leaf_index__gt=after).values_list("leaf_index", "raw")[:CHUNK]):
        after = batch[-1][0]
        named = {leaf: kept for leaf, raw in batch if (kept := _kept(bytes(raw))) is not None}
        ids = [copy.blob for kept in named.values() for copy in kept.values()]
        blobs = AuditBlob.objects.using(alias).select_related("key").in_bulk(ids)
        for leaf, kept in named.items():
            for problem in _problems(alias, kept, blobs, destroyed, vouched):
                report.find(f"leaf {leaf}: {problem}")
    _check_arrived(alias, report)
    for why, number in sorted(destroyed.items()):
        report.note(f"{number} sealed copies were destroyed: {why}")


def _kept(raw: bytes) -> Kept | None:
    """What the record says was kept; None where it was altered: its bytes are found already."""
    attrs = attrs_of(raw)
    try:
        return {copy: Copy(UUID(attrs[copy]["blob"]), str(attrs[copy]["sha256"])) for copy in COPIES}
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _check_arrived(alias: str, report: Report) -> None:
    """Each body that a call's record names did reach the log, unless it is on its way, or went with its month."""
    since, lately = _removed_before(alias), timezone.now() - ON_ITS_WAY
    events = AuditEvent.objects.using(alias).filter(type__in=NAMING, audit_level__gte=Level.REQUEST)
    after = -1
    while batch := list(
        events.filter(leaf_index__gt=after).order_by("leaf_index").values_list("leaf_index", "attrs")[:CHUNK]
    ):
        after = batch[-1][0]
        named = {leaf_id(found): leaf for leaf, attrs in batch for found in _contents(attrs)}
        there = set(AuditEvent.objects.using(alias).filter(pk__in=named).values_list("pk", flat=True))
        for pk, leaf in named.items():
            if pk not in there and since <= moment_of(pk) < lately:
                report.find(f"leaf {leaf}: what was said is named there and never reached the log")


def _contents(attrs: Any) -> list[UUID]:
    named = attrs.get("content") if isinstance(attrs, dict) else None
    texts = named.values() if isinstance(named, dict) else ()
    return [found for text in texts if (found := _uuid(text)) is not None]


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _removed_before(alias: str) -> dt.datetime:
    """Up to when what says that bodies were kept may have been removed with its month."""
    ends = [dt.datetime(1970, 1, 1, tzinfo=dt.UTC)]
    for one in removals(alias):
        if isinstance(one, Explained) and MONTH.fullmatch(month := str(one.about.get("month"))):
            ends.append(Month(month).end)
    return max(ends)


def _problems(
    alias: str, kept: Kept, blobs: dict[UUID, AuditBlob], destroyed: Counter[str], vouched: dict[UUID, bool]
) -> list[str]:
    found = []
    for copy, named in kept.items():
        blob = blobs.get(named.blob)
        if blob is None:
            found.append(f"the {copy} of what was said is missing")
        elif blob.key.shredded_at is not None:
            if blob.key_id not in vouched:
                vouched[blob.key_id] = _is_vouched(alias, blob.key)
            if vouched[blob.key_id]:
                destroyed[blob.key.shred_reason.partition(" 0")[0]] += 1
            else:
                found.append(f"the key of the {copy} was destroyed, and no event says so")
        elif named.sha256 != blob.sha256_cipher or not is_whole(blob):
            found.append(f"the {copy} of what was said is missing or was altered")
    return found


def _is_vouched(alias: str, key: SubjectKey) -> bool:
    """An event of the log names the key, and says that it was destroyed."""
    event = AuditEvent.objects.using(alias).filter(pk=key.shred_event).first() if key.shred_event else None
    if event is None or event.type not in ("retention.purged", "data.subject.erased"):
        return False
    if members_of(bytes(event.raw)).get("organisation_id", "") != key.organisation_id:
        return False
    keys = attrs_of(bytes(event.raw)).get("keys")
    return isinstance(keys, list) and str(key.pk) in keys
