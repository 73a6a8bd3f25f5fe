"""T4: a database that crashes in the middle of commits, is away, or is read-only costs no record."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.resilience.installation import Installation
from tests.resilience.length import rounds
from tests.resilience.postgresql import Server, can_run

pytestmark = pytest.mark.services


@pytest.fixture
def server() -> Iterator[Server]:
    if not can_run():
        assert os.environ.get("CI") != "true", "PostgreSQL's programs must be there in CI"
        pytest.skip("not run: PostgreSQL's programs are not installed")
    home = Path(tempfile.mkdtemp(prefix="gatehouse-pg-"))  # not below a folder that only this user may enter
    home.chmod(0o755)
    one = Server(home / "data")
    try:
        yield one
    finally:
        one.stop(signal.SIGQUIT)
        shutil.rmtree(home, ignore_errors=True)


def stored(server: Server) -> dict[str, int]:
    with psycopg.connect(server.url) as connection:
        rows = connection.execute("SELECT id, leaf_index FROM audit_event WHERE type = 'proxy.request.rejected'")
        return {event_id.hex: index for event_id, index in rows.fetchall()}


def test_nothing_is_lost_and_it_goes_on_by_itself(server: Server, tmp_path: Path) -> None:
    server.start()
    installation = Installation(tmp_path, DATABASE_URL=server.url)
    installation.make_tables()
    acknowledged: set[str] = set()
    numbered: dict[str, int] = {}
    for _ in range(rounds(2, 20)):
        acknowledged |= installation.written(4000)
        with installation.running("killed_ingester.py") as ingester:
            assert ingester.stdout is not None
            ingester.stdout.readline()
            time.sleep(0.2)  # a moment somewhere in its commits; which one does not matter
            server.stop(signal.SIGQUIT)
            ingester.wait(60)
        acknowledged |= installation.written(500)  # writers do not notice
        assert installation.tried("audit", "ingest").returncode != 0
        server.start(default_transaction_read_only="on")
        assert installation.tried("audit", "ingest").returncode != 0
        server.stop()
        server.start()
        now = stored(server)
        assert numbered.items() <= now.items()
        installation.managed("audit", "ingest")
        numbered = stored(server)
        assert now.items() <= numbered.items()
        assert acknowledged <= numbered.keys()
    assert sorted(numbered.values()) == sorted(set(numbered.values()))
    assert "everything holds" in installation.managed("audit", "verify")
