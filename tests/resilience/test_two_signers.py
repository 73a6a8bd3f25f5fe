"""T16: signers that work at once, one of them killed between signing and storing: one root for each size, for ever."""

import signal
import sqlite3

import pytest

from tests.resilience.installation import Installation
from tests.resilience.length import rounds


def signed(installation: Installation) -> dict[int, str]:
    """Note by size."""
    with sqlite3.connect(installation.data / "audit.sqlite3", timeout=30) as connection:
        found = dict(connection.execute("SELECT size, note FROM audit_checkpoint").fetchall())
    connection.close()
    return found


@pytest.mark.parametrize("step", ["before the commit", "before the copy"])
def test_a_signer_that_dies_leaves_no_second_truth(installation: Installation, step: str) -> None:
    notes: dict[int, str] = {}
    outside = installation.data / "audit-checkpoint"
    for _ in range(rounds(1, 20)):
        installation.written(50)
        installation.managed("audit", "ingest")
        with installation.running("killed_signer.py", FAULT=step) as dying:
            assert dying.wait(60) == -signal.SIGKILL
        with installation.running("killed_signer.py") as one, installation.running("killed_signer.py") as other:
            for process in (one, other):
                assert process.stdout is not None
                assert [process.stdout.readline() for _ in range(3)] == ["ready\n", "signed\n", "signed\n"]
        now = signed(installation)
        assert notes.items() <= now.items(), "a checkpoint was replaced by another of the same size"
        assert len(now) > len(notes)
        assert outside.read_text() == now[max(now)]
        notes = now
    assert "everything holds" in installation.managed("audit", "verify")
