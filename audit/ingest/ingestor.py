"""Takes in what waits. Two at once are harmless: the tree's lock orders them, ids dedupe."""

import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.ingest import spool_files
from audit.ingest.projection import NotARecord, parsed
from audit.ingest.store import Leaf, Store
from audit.ingest.synthesized import orphans, synthesized
from audit.models import DeadLetter, OutboxRecord, SpoolSegment, SpoolWriterRow
from audit.spool.frames import Header, NotASegment, Scan, header_of

BATCH = 1000


class Ingestor:
    """Brings the records of one node's spool, and of the outbox, into the log.

    Args:
        directory: the spool.
        node: whose part of it.

    Raises:
        DatabaseError: from run(); nothing is lost, the next run continues.
    """

    def __init__(self, directory: Path, node: str) -> None:
        self._directory = directory / node
        self._store = Store()
        self.added = 0

    def run(self, max_seconds: float = 30.0) -> int:
        """One pass over everything that waits; how many records were new."""
        deadline = time.monotonic() + max_seconds
        for writer in spool_files.writers(self._directory):
            self._take_writer(writer, deadline)
            if time.monotonic() > deadline:
                break
        while self._take_outbox() == BATCH and time.monotonic() < deadline:
            continue
        return self.added

    def _take_writer(self, writer: Path, deadline: float) -> None:
        dead = spool_files.is_dead(writer)  # asked first: what it wrote before it died is then all here
        for path in spool_files.segments(writer):
            with spool_files.unlocked(path) as free:
                if not free or time.monotonic() > deadline:
                    return
                self._take_segment(path)
        if dead:
            self._bury(writer)
        spool_files.tidy(writer)

    def _take_segment(self, path: Path) -> None:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return  # another ingester settled it
        if not any(data[:64]):
            spool_files.settle(path, spool_files.DONE)  # its writer was killed before it wrote a byte
            return
        try:
            header, first = header_of(data)
        except (NotASegment, TypeError, ValueError) as error:
            self._reject(path, data, f"not a segment: {type(error).__name__}")
            return
        known = SpoolSegment.objects.using(self._store.alias).filter(pk=_name(path)).first()
        if known is not None and known.state == "torn":
            spool_files.settle(path, spool_files.TORN)  # killed between the commit and this; its tail is kept already
            return
        scan = Scan(data, known.offset if known is not None else first)
        self._take_frames(path, header, scan)
        spool_files.settle(path, spool_files.TORN if scan.torn else spool_files.DONE)

    def _take_frames(self, path: Path, header: Header, scan: Scan) -> None:
        frames, ended = iter(scan), False
        while not ended:
            batch: list[Leaf] = []
            while len(batch) < BATCH and not ended:
                frame = next(frames, None)
                if frame is None:
                    ended = True
                else:
                    batch.append(self._leaf(_name(path), frame.payload))
            with transaction.atomic(using=self._store.alias):
                self.added += self._store.add(batch)
                self._note_sequence(header, batch)
                if ended and scan.torn:
                    self._keep_dead(_name(path), "torn tail", scan.data[scan.offset :].rstrip(b"\0"))
                self._note_segment(path, header, scan, ended)

    def _leaf(self, source: str, payload: bytes) -> Leaf:
        try:
            return parsed(payload), payload
        except NotARecord as error:
            with transaction.atomic(using=self._store.alias):
                self._keep_dead(source, f"not a record: {error}", payload)
            return synthesized("audit.deadletter", "failure", {"source": source, "size": len(payload)})

    def _note_sequence(self, header: Header, batch: list[Leaf]) -> None:
        numbers = [record["seq"] for record, _ in batch if record.get("writer") == header.writer and "seq" in record]
        if not numbers:
            return
        row, _ = SpoolWriterRow.objects.using(self._store.alias).get_or_create(
            pk=uuid.UUID(header.writer),
            defaults={
                "node": header.node,
                "pid": header.pid,
                "boot_id": header.boot_id,
                "opened_at": datetime.fromtimestamp(header.created_us / 1e6, UTC),
            },
        )
        missing = max(0, numbers[0] - row.last_seq_seen - 1) + (numbers[-1] - numbers[0] + 1 - len(numbers))
        if missing > 0 and numbers[0] > row.last_seq_seen:
            row.gaps += missing
            attrs = {"writer": header.writer, "after": row.last_seq_seen, "missing": missing}
            self._store.add([synthesized("audit.gap.detected", "failure", attrs)])
        row.last_seq_seen = max(row.last_seq_seen, numbers[-1])
        row.save(using=self._store.alias)

    def _note_segment(self, path: Path, header: Header, scan: Scan, ended: bool) -> None:
        state = ("torn" if scan.torn else "committed") if ended else "open"
        SpoolSegment.objects.using(self._store.alias).update_or_create(
            pk=_name(path),
            defaults={
                "writer": uuid.UUID(header.writer),
                "n": header.n,
                "offset": scan.offset,
                "state": state,
                "committed_at": timezone.now(),
            },
        )

    def _bury(self, writer: Path) -> None:
        """A writer that ended: close its row, end the calls that it left open."""
        try:
            writer_id = uuid.UUID(writer.name)
        except ValueError:
            return
        alias = self._store.alias
        with transaction.atomic(using=alias):
            self._store.locked_tree()
            row = SpoolWriterRow.objects.using(alias).filter(pk=writer_id, ended_at__isnull=True).first()
            if row is not None:
                self.added += self._store.add(orphans(alias, writer_id, row.opened_at, parsed))
                row.ended_at = timezone.now()
                row.save(using=alias)

    def _reject(self, path: Path, data: bytes, reason: str) -> None:
        with transaction.atomic(using=self._store.alias):
            self._keep_dead(_name(path), reason, data)
            attrs = {"source": _name(path), "size": len(data), "reason": reason}
            self.added += self._store.add([synthesized("audit.deadletter", "failure", attrs)])
        spool_files.settle(path, spool_files.TORN)

    def _keep_dead(self, source: str, reason: str, raw: bytes) -> None:
        DeadLetter.objects.using(self._store.alias).create(
            source=source, reason=reason[:255], raw=raw[: 1024 * 1024], found_at=timezone.now()
        )

    def _take_outbox(self) -> int:
        rows: list[Any] = list(OutboxRecord.objects.using("default").order_by("id")[:BATCH])
        if not rows:
            return 0
        leaves = [self._leaf(f"outbox {row.pk}", bytes(row.raw)) for row in rows]
        with transaction.atomic(using=self._store.alias):
            self.added += self._store.add(leaves)
        # Only now: a crash in between leaves rows that the next run finds in the log already.
        OutboxRecord.objects.using("default").filter(pk__in=[row.pk for row in rows]).delete()
        return len(rows)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
