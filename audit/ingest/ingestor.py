"""Takes in what waits. Two at once are harmless: the tree's lock orders them, ids dedupe."""

import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import DataError, transaction
from django.utils import timezone

from audit.ingest import spool_files
from audit.ingest.clock import skewed
from audit.ingest.projection import NotARecord, parsed
from audit.ingest.store import Leaf, Store
from audit.ingest.synthesized import orphans, synthesized, synthesized_id
from audit.ingest.uncollected import uncollected
from audit.models import DeadLetter, OutboxRecord, SpoolSegment, SpoolWriterRow
from audit.record_bytes import encoded
from audit.spool.frames import Frame, Header, NotASegment, Scan, header_of

BATCH = 2000  # records in one transaction: larger ones are no faster, and hold the lock of the tree for longer
LONGEST_LETTER = 1024 * 1024
# Where it was, its bytes, why it is no record, whose number it took, when it was made (milliseconds since 1970).
Dead = tuple[str, bytes, str, dict[str, Any], int]


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
        for path in spool_files.strangers(writer):
            self._reject(path, b"", "not a file")
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
            data = spool_files.content(path)
        except FileNotFoundError:
            return  # another ingester settled it
        except spool_files.TooLarge as error:
            self._reject(path, error.beginning, f"not a segment: {error}")
            return
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
        ended = False
        while not ended:
            batch = scan.take(BATCH)
            ended = len(batch) < BATCH
            with uncollected(), transaction.atomic(using=self._store.alias):
                self._note_clock(header, self._add_frames(path, header, batch))
                self._note_sequence(header, [frame.seq for frame in batch])
                if ended and scan.torn:
                    self._keep_dead(_name(path), "torn tail", scan.data[scan.offset :].rstrip(b"\0"))
                self._note_segment(path, header, scan, ended)

    def _add_frames(self, path: Path, header: Header, frames: list[Frame]) -> list[Leaf]:
        """See _add."""
        leaves: list[Leaf] = []
        dead: list[Dead] = []
        for frame in frames:
            try:
                leaves.append((parsed(frame.payload), frame.payload))
            except NotARecord as error:
                source, where = f"{_name(path)} {frame.end}", {"writer": header.writer, "seq": frame.seq}
                dead.append((source, frame.payload, f"not a record: {error}", where, header.created_us // 1000))
        return self._add(leaves, dead)

    def _add_rows(self, rows: list[Any]) -> list[Leaf]:
        """See _add."""
        leaves: list[Leaf] = []
        dead: list[Dead] = []
        for row in rows:
            raw = bytes(row.raw)
            try:
                leaves.append((parsed(raw), raw))
            except NotARecord as error:
                dead.append((f"outbox {row.pk}", raw, f"not a record: {error}", {}, row.pk.int >> 80))
        return self._add(leaves, dead)

    def _add(self, leaves: list[Leaf], dead: list[Dead]) -> list[Leaf]:
        """Records in their order, then what is none, all in the caller's transaction; the records, if any was new."""
        added = self._stored(leaves, dead)
        self.added += added
        for letter in dead:
            self._add_dead(*letter)
        return leaves if added else []

    def _stored(self, leaves: list[Leaf], dead: list[Dead]) -> int:
        """Add them; one that the database cannot hold joins the dead and stops no other. How many were new."""
        try:
            with transaction.atomic(using=self._store.alias):
                return self._store.add(leaves)
        except (DataError, OverflowError, UnicodeError) as error:
            if len(leaves) == 1:
                ((record, raw),) = leaves
                reason = f"it cannot be stored: {type(error).__name__}"
                dead.append((f"record {record['id']}", raw, reason, {}, uuid.UUID(record["id"]).int >> 80))
                return 0
        half = len(leaves) // 2
        return self._stored(leaves[:half], dead) + self._stored(leaves[half:], dead)

    def _add_dead(self, source: str, payload: bytes, reason: str, where: dict[str, Any], moment_ms: int) -> None:
        """A dead letter and the leaf that names it: once, however often a kill makes us come here."""
        attrs = {"source": source, "size": len(payload), "reason": reason[:255], **where}
        record, _ = synthesized("audit.deadletter", "failure", attrs)
        record["id"] = synthesized_id(source, payload, moment_ms)
        if added := self._store.add([(record, encoded(record))]):
            self.added += added
            self._keep_dead(source, reason, payload)

    def _note_clock(self, header: Header, leaves: list[Leaf]) -> None:
        if (attrs := skewed(leaves, time.time_ns() // 1000)) is not None:
            self._store.add([synthesized("audit.clock.skewed", "failure", {"writer": header.writer, **attrs})])

    def _note_sequence(self, header: Header, numbers: list[int]) -> None:
        """Numbers of frames, not of records: a frame that holds no record arrived all the same."""
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
        changed = path.lstat().st_mtime_ns // 1_000_000
        known = DeadLetter.objects.using(self._store.alias).filter(source=_name(path), raw=data[:LONGEST_LETTER])
        if known.exists():
            spool_files.settle(path, spool_files.TORN)  # killed between the commit and this, or laid there again
            return
        with transaction.atomic(using=self._store.alias):
            self._add_dead(_name(path), data, reason, {}, changed)
        spool_files.settle(path, spool_files.TORN)

    def _keep_dead(self, source: str, reason: str, raw: bytes) -> None:
        DeadLetter.objects.using(self._store.alias).create(
            source=source, reason=reason[:255], raw=raw[:LONGEST_LETTER], found_at=timezone.now()
        )

    def _take_outbox(self) -> int:
        rows: list[Any] = list(OutboxRecord.objects.using("default").order_by("id")[:BATCH])
        if not rows:
            return 0
        with uncollected(), transaction.atomic(using=self._store.alias):
            self._add_rows(rows)
        # Only now: a crash in between leaves rows that the next run finds in the log already.
        OutboxRecord.objects.using("default").filter(pk__in=[row.pk for row in rows]).delete()
        return len(rows)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
