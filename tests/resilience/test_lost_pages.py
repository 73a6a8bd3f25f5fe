"""T8: a machine that loses its power, as its files show it: what was not synced may be there or not, page by page.

The disk is a recording of its seam: at each `fdatasync` the bytes of a file are set aside; after the loss it has those,
and of what was written since, any of its pages. Not simulated: a directory entry that is lost, a disk that lies.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from audit.ingest.ingestor import Ingestor
from audit.models import AuditEvent, DeadLetter
from audit.record_bytes import encoded
from audit.spool.writer import SpoolWriter
from audit.verification import verify
from tests.resilience.length import rounds

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
PAGE = 4096


class Disk:
    """What is on it for certain, by inode."""

    def __init__(self) -> None:
        self.kept: dict[int, bytes] = {}
        self._real = os.fdatasync

    def fdatasync(self, descriptor: int) -> None:
        self._real(descriptor)
        about = os.fstat(descriptor)
        self.kept[about.st_ino] = os.pread(descriptor, about.st_size, 0)

    def after_the_loss(self, path: Path, chance: random.Random) -> bytes:
        """The bytes of a file: synced pages, and of those that are newer some."""
        written = path.read_bytes()
        kept = self.kept.get(path.stat().st_ino, b"").ljust(len(written), b"\0")
        pages = range(0, len(written), PAGE)
        return b"".join((chance.choice((written, kept)))[at : at + PAGE] for at in pages)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    one = Disk()
    monkeypatch.setattr(os, "fdatasync", one.fdatasync)
    yield one


def append(writer: SpoolWriter, size: int, *, sync: bool) -> str:
    event_id = str(uuid4())
    about = {"actor": {"id": "", "name": "writer", "type": "system"}, "id": event_id, "outcome": "denied", "schema": 1}
    with writer.lock():
        seq = writer.next_seq
        record = {
            **about,
            "ts": 1,
            "type": "proxy.request.rejected",
            "writer": writer.id,
            "seq": seq,
            "reason": "x" * size,
        }
        writer.append(seq, encoded(record), sync=sync)
    return event_id


@pytest.mark.parametrize("seed", range(rounds(4, 100)))
def test_what_was_synced_is_there_and_what_was_not_is_whole_or_told(disk: Disk, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (which pages are lost, no secret)
    writer = SpoolWriter(tmp_path / "before", "n", segment_bytes=64 * 1024)
    acknowledged: list[str] = []
    safe = 0
    for _ in range(chance.randint(20, 200)):
        sync = chance.random() < 0.05
        acknowledged.append(append(writer, chance.randint(0, 3000), sync=sync))
        if sync:
            safe = len(acknowledged)
        elif chance.random() < 0.05:  # as the background does every 50 ms
            writer.sync()
            safe = len(acknowledged)
    folder = tmp_path / "after" / "n" / writer.id
    folder.mkdir(parents=True)
    for path in (tmp_path / "before" / "n" / writer.id).glob("*.seg"):
        (folder / path.name).write_bytes(disk.after_the_loss(path, chance))
    writer.abandon()
    Ingestor(tmp_path / "after", "n").run()
    events = AuditEvent.objects.filter(type="proxy.request.rejected").order_by("writer_seq")
    stored = [str(event.pk) for event in events]
    assert stored == acknowledged[: len(stored)], "in order, none left out in between"
    assert len(stored) >= safe
    assert {letter.reason for letter in DeadLetter.objects.all()} <= {"torn tail", "not a segment: NotASegment"}
    assert verify().holds


def test_a_lost_page_hides_nothing_that_lies_behind_it(tmp_path: Path) -> None:
    """Even where the hole begins exactly at the beginning of a frame, as if nothing had been written since."""
    writer = SpoolWriter(tmp_path, "n")
    for _ in range(3):
        append(writer, 10, sync=False)
    (path,) = (tmp_path / "n" / writer.id).glob("*.seg")
    data = path.read_bytes()
    second, third = [at for at in range(len(data)) if data.startswith(b'{"actor"', at)][1:3]
    writer.abandon()
    path.write_bytes(data[: second - 16] + bytes(third - second) + data[third - 16 :])
    Ingestor(tmp_path, "n").run()
    assert AuditEvent.objects.filter(type="proxy.request.rejected").count() == 1
    assert b'"seq":3' in bytes(DeadLetter.objects.get(reason="torn tail").raw)
