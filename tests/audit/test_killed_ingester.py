"""Writers and ingesters that are killed at any moment lose, double, renumber nothing (SQLite files, real triggers)."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
ROUNDS = 3


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A data directory with the tables of the audit app."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}
    for name in ("DATABASE_URL", "AUDIT_DATABASE_URL"):
        mine.pop(name, None)
    mine |= {"GATEHOUSE_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    for database in ("default", "audit"):
        managed(mine, "migrate", "audit", "--database", database)
    return mine


def managed(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def stored(data: Path) -> dict[str, int]:
    """Leaf index by event id."""
    connection = sqlite3.connect(data / "audit.sqlite3")
    try:
        rows = connection.execute("SELECT id, leaf_index FROM audit_event WHERE type = 'proxy.request.rejected'")
        return dict(rows.fetchall())
    finally:
        connection.close()


def written_until_killed(environment: dict[str, str], spool: Path, records: int) -> set[str]:
    """The ids that a writer acknowledged before it was killed."""
    command = [sys.executable, str(HERE / "killed_writer.py"), str(spool), "local"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline().strip() for _ in range(records)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
    return {event_id.replace("-", "") for event_id in acknowledged}


def test_nothing_acknowledged_is_lost_doubled_or_renumbered(environment: dict[str, str], tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    numbered: dict[str, int] = {}
    chance = random.Random(20261123)  # noqa: S311 (a moment to kill at, no secret)
    for _ in range(ROUNDS):
        command = [sys.executable, str(HERE / "killed_ingester.py")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as ingester:
            assert ingester.stdout is not None
            assert ingester.stdout.readline() == "ready\n"
            acknowledged |= written_until_killed(environment, tmp_path / "spool", chance.randint(500, 3000))
            ingester.send_signal(signal.SIGKILL)
        now = stored(tmp_path)
        assert numbered.items() <= now.items()
        numbered = now
    managed(environment, "audit", "ingest")
    managed(environment, "audit", "ingest")
    final = stored(tmp_path)
    assert numbered.items() <= final.items()
    assert acknowledged <= final.keys()
    assert len(final.keys() - acknowledged) <= ROUNDS  # one at most per writer: kept, but killed before it said so
    assert "everything holds" in managed(environment, "audit", "verify")
