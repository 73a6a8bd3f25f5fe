"""T1, T2: writers and ingesters that are killed at any moment, and at each step, lose, double, renumber nothing."""

import random
import signal
import sqlite3
import uuid

import pytest

from tests.resilience.installation import Installation
from tests.resilience.length import LONG, rounds

# As tests/resilience/killed_ingester.py names them.
STEPS = (
    "after the tree", "before the commit", "in a later batch", "after the commit", "before the outbox is emptied",
    "before the insert", "after the insert", "after settling", "in the burial", "before unlinking",
)  # fmt: skip
RECORDS = 2500  # more than two batches


def test_nothing_acknowledged_is_lost_doubled_or_renumbered(installation: Installation) -> None:
    acknowledged: set[str] = set()
    numbered: dict[str, int] = {}
    chance = random.Random(20261123)  # noqa: S311 (a moment to kill at, no secret)
    many = rounds(2, 60)
    for _ in range(many):
        with installation.running("killed_ingester.py") as ingester:
            assert ingester.stdout is not None
            assert ingester.stdout.readline() == "ready\n"
            acknowledged |= installation.written(chance.randint(500, 3000))
            ingester.send_signal(signal.SIGKILL)
        now = installation.stored()
        assert numbered.items() <= now.items()
        numbered = now
    installation.managed("audit", "ingest")
    installation.managed("audit", "ingest")
    final = installation.stored()
    assert numbered.items() <= final.items()
    assert acknowledged <= final.keys()
    assert len(final.keys() - acknowledged) <= many  # one at most per writer: kept, but killed before it said so
    assert "everything holds" in installation.managed("audit", "verify")


def outbox(installation: Installation) -> None:
    """A record that waits there."""
    raw = b'{"actor":{"id":"","name":"","type":"system"},"id":"%s","outcome":"success","schema":1,"ts":%d,"type":"%s"}'
    event_id = uuid.uuid4()
    with sqlite3.connect(installation.data / "app.sqlite3") as connection:
        connection.execute(
            "INSERT INTO audit_outbox (id, raw, created_at) VALUES (?, ?, ?)",
            (event_id.hex, raw % (str(event_id).encode(), 1, b"system.started"), "2026-11-28 00:00:00"),
        )
    connection.close()


@pytest.mark.parametrize("step", STEPS if LONG else STEPS[:5])
def test_an_ingester_that_dies_at_a_step_changes_nothing(installation: Installation, step: str) -> None:
    acknowledged = installation.written(RECORDS)
    outbox(installation)
    with installation.running("killed_ingester.py", FAULT=step) as ingester:
        assert ingester.wait(60) == -signal.SIGKILL, "it did not come to this step"
    halfway = installation.stored()
    installation.managed("audit", "ingest")
    final = installation.stored()
    assert halfway.items() <= final.items()
    assert acknowledged <= final.keys()
    assert len(final) - len(acknowledged) <= 1
    assert "everything holds" in installation.managed("audit", "verify")
    with sqlite3.connect(installation.data / "audit.sqlite3") as connection:
        ((started, leaves),) = connection.execute(
            "SELECT count(*) FILTER (WHERE type = 'system.started'), count(DISTINCT leaf_index) - count(*) "
            "FROM audit_event"
        ).fetchall()
    connection.close()
    assert (started, leaves) == (1, 0)
