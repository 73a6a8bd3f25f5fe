"""How far the log is behind: the age of the oldest record that waits in a spool or the outbox (AUDIT D8)."""

import time

from django.conf import settings
from django.utils import timezone

from audit.ingest import spool_files
from audit.models import OutboxRecord
from audit.spool.frames import NotASegment, header_of

HEADER_BYTES = 4096


def seconds() -> float:
    """Age in seconds of the oldest segment or outbox row that waits; 0.0 when nothing does.

    An open segment counts from its start: its first record is at most that old. Raises DatabaseError.
    """
    now = time.time()
    ages = [now - began for began in _segments_began()]
    oldest = OutboxRecord.objects.using("default").order_by("id").first()
    if oldest is not None:
        ages.append((timezone.now() - oldest.created_at).total_seconds())
    return max(0.0, *ages) if ages else 0.0


def _segments_began() -> list[float]:
    found = []
    spools = (settings.AUDIT_SPOOL, settings.AUDIT_CONTENT_SPOOL)
    writers = [writer for spool in spools for writer in spool_files.writers(spool / settings.AUDIT_NODE)]
    for writer in writers:
        for path in spool_files.segments(writer)[:1]:
            try:
                with path.open("rb") as file:
                    header, _ = header_of(file.read(HEADER_BYTES))
            except FileNotFoundError:
                continue  # taken in meanwhile
            except (NotASegment, TypeError, ValueError):
                found.append(path.stat().st_mtime)
            else:
                found.append(header.created_us / 1e6)
    return found
