"""Records that the ingester itself makes, about what it found."""

import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from uuid_utils import uuid7

from audit.catalogue import COPIES_OVER
from audit.models import AuditEvent
from audit.record_bytes import encoded
from audit.tree.levels import Level

INGESTER = {"type": "system", "id": "", "name": "audit ingest"}
TERMINAL = tuple(f"proxy.request.{end}" for end in ("completed", "failed", "aborted", "rejected"))
STARTED = "proxy.request.started"
ENDS = TERMINAL[:3]  # of calls that began; what was rejected never did
# Copies of calls that may be under way when their process dies; one that was filtered is over when it is on record.
COPIES = {"proxy.hedge.started": "proxy.hedge.aborted", "proxy.shadow.started": "proxy.shadow.aborted"}
# Repeated from the start record, so that the terminal one can be found by the same columns.
KEPT = (
    "actor", "organisation_id", "team_id", "key_id", "key_prefix", "session_id", "request_id", "src_ip", "user_agent",
    "http_method", "http_path", "provider", "model_requested", "model_served",
)  # fmt: skip
CLOCK_SLACK_MS = 3_600_000
AT_ONCE = 500
Leaf = tuple[dict[str, Any], bytes]


def synthesized(type_name: str, outcome: str, attrs: dict[str, Any], **more: Any) -> Leaf:
    """A record of the ingester's, with its bytes."""
    record: dict[str, Any] = {
        "actor": INGESTER, "attrs": {**attrs, "synthesized": True}, "id": str(uuid7()), "outcome": outcome, "schema": 1,
        "ts": time.time_ns() // 1000, "type": type_name, **more,
    }  # fmt: skip
    return record, encoded(record)


def synthesized_id(source: str, payload: bytes, moment_ms: int) -> str:
    """The same id for the same bytes in the same place, so that taking them in twice adds them once.

    Args:
        moment_ms: milliseconds since 1970 of what it is about: ids begin with the time.
    """
    digest = int.from_bytes(sha256(source.encode("utf-8", "replace") + b"\0" + payload).digest()[:10])
    return str(
        uuid.UUID(int=(moment_ms % (1 << 48)) << 80 | 7 << 76 | (digest >> 4) & ~(15 << 76) & ~(3 << 62) | 2 << 62)
    )


def orphans(alias: str, writer: uuid.UUID, since: datetime, parse: Any) -> list[Leaf]:
    """An `aborted` for every call, and copy of one, that a dead writer began and did not end.

    Its id follows from the start's, and it costs what was reserved: nobody knows better.
    """
    # UUIDv7 begins with the time, so the bound keeps the search to the writer's own life.
    first = uuid.UUID(int=max(0, int(since.timestamp() * 1000) - CLOCK_SLACK_MS) << 80)
    events = AuditEvent.objects.using(alias).filter(writer=writer, pk__gte=first)
    return [_aborted(event, parse) for begun in (_calls(events), _copies(events)) for event in begun]


def _calls(events: QuerySet[AuditEvent]) -> Iterator[AuditEvent]:
    """Those without an end, in one pass: to ask of each call for its end would be quadratic in a writer's life.

    An end names its beginning, as clients may give one request id to several calls. Older ends name none: such a one
    counts for every call of its request id. Clocks jump, so an end may stand before its beginning.
    """
    running: dict[str, str] = {}
    early: set[str] = set()
    unnamed: set[str] = set()
    rows = events.filter(type__in=(STARTED, *ENDS)).order_by("pk")
    columns = ("pk", "type", "request_id", "audit_level", "attrs__began")
    for pk, kind, request_id, level, began in rows.values_list(*columns).iterator(1000):
        if kind != STARTED:
            if isinstance(began, str):
                if running.pop(began, None) is None:
                    early.add(began)
            elif level != Level.NONE:  # of what the policy leaves out there is an end only, of an id of its own
                unnamed.add(request_id)
        elif str(pk) not in early:
            running[str(pk)] = request_id
    lost = [pk for pk, request_id in running.items() if request_id not in unnamed]
    for n in range(0, len(lost), AT_ONCE):
        yield from events.filter(pk__in=lost[n : n + AT_ONCE]).order_by("pk")


def _copies(events: QuerySet[AuditEvent]) -> Iterator[AuditEvent]:
    ends = events.filter(type__in=COPIES_OVER).values_list("attrs__copy_id", flat=True)
    over = set(ends.iterator(chunk_size=1000))
    return (event for event in events.filter(type__in=COPIES).iterator(chunk_size=1000) if str(event.pk) not in over)


def _aborted(event: AuditEvent, parse: Any) -> Leaf:
    start = parse(bytes(event.raw))
    kept = {name: start[name] for name in KEPT if name in start}
    attrs = {"started_id": str(event.pk), "started_leaf": event.leaf_index, "reason": "the gateway process ended"}
    if event.type in COPIES:
        attrs["copy_id"] = str(event.pk)
    if (reserved := start.get("attrs", {}).get("reserved")) is not None:
        kept["cost_nano"], attrs["usage"] = reserved, "estimated"
    end = COPIES.get(event.type, "proxy.request.aborted")
    record, _ = synthesized(end, "aborted", attrs, error_code="process_ended", **kept)
    record["id"] = _follower(event.pk)
    return record, encoded(record)


def _follower(start: uuid.UUID) -> str:
    """The same id however often it is made: the start's, one up in its random bits."""
    return str(uuid.UUID(int=start.int ^ 1))
