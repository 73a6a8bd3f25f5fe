"""T6: every segment offered twice, shuffled, to two ingesters at once: nothing changes."""

import random
import sqlite3
import subprocess
import sys

from tests.resilience.installation import ROOT, Installation
from tests.resilience.length import rounds


def state(installation: Installation) -> tuple[object, ...]:
    """Number of events, size and frontier of the tree."""
    with sqlite3.connect(installation.data / "audit.sqlite3", timeout=30) as connection:
        (events,) = connection.execute("SELECT count(*) FROM audit_event").fetchone()
        tree = connection.execute("SELECT size, frontier FROM audit_tree").fetchone()
    connection.close()
    return events, *tree


def forget_offsets(installation: Installation) -> None:
    """The worst case: nobody remembers what was taken in."""
    with sqlite3.connect(installation.data / "audit.sqlite3", timeout=30) as connection:
        connection.execute("DELETE FROM audit_segment")
    connection.close()


def test_replay_adds_nothing(installation: Installation) -> None:
    for _ in range(3):
        installation.written(1200)
    installation.managed("audit", "ingest")
    before = state(installation)
    chance = random.Random(6)  # noqa: S311 (an order, no secret)
    for _ in range(rounds(1, 10)):
        forget_offsets(installation)
        done = [path for path in installation.spool.rglob("*") if path.suffix in (".done", ".torn")]
        assert done
        chance.shuffle(done)
        for n, path in enumerate(done):
            path.with_name(f"{n:08d}.seg").write_bytes(path.read_bytes())
            path.rename(path.with_name(f"{n:08d}twice.seg"))
        command = [sys.executable, str(ROOT / "manage.py"), "audit", "ingest"]
        two = [subprocess.Popen(command, env=installation.environment) for _ in range(2)]
        assert [process.wait(120) for process in two] == [0, 0]
        assert state(installation) == before
    assert "everything holds" in installation.managed("audit", "verify")
