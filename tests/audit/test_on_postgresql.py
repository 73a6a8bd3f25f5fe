"""The tests of this folder once more, with the audit log in PostgreSQL."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.audit.postgresql_settings import DATABASES

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = (
    "test_append_only.py",
    "test_partitions.py",
    "test_checkpoints.py",
    "test_evidence_bundle.py",
    "test_tampering.py",
    "test_ingest.py",
    "test_lag.py",
    "test_odd_records.py",
    "test_retention.py",
    "content/test_shredding.py",
    "review/test_filters.py",
)


def reachable() -> bool:
    database = DATABASES["audit"]
    try:
        with socket.create_connection((str(database["HOST"]), int(str(database["PORT"]))), timeout=2):
            return True
    except OSError:
        return False


@pytest.mark.services
def test_control_tables_are_watched_on_postgresql() -> None:
    """With the log in the same database as the rest, as `DATABASE_URL` alone makes it."""
    if not reachable():
        assert os.environ.get("CI") != "true", "PostgreSQL must be there in CI"
        pytest.skip("not run: PostgreSQL is not reachable")
    log = DATABASES["audit"]
    password = f":{log['PASSWORD']}" if log["PASSWORD"] else ""
    url = f"postgres://{log['USER']}{password}@{log['HOST']}:{log['PORT']}/gatehouse_watched_{os.getpid()}"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(HERE / "test_watched_tables.py")]
    environment = {**os.environ, "GATEHOUSE_TEST_DATABASE_URL": url}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.services
def test_the_log_holds_on_postgresql() -> None:
    if not reachable():
        assert os.environ.get("CI") != "true", "PostgreSQL must be there in CI"
        pytest.skip("not run: PostgreSQL is not reachable (GATEHOUSE_TEST_POSTGRESQL_HOST and _PORT say where)")
    files = [str(HERE / name) for name in FILES]
    settings = "--ds=tests.audit.postgresql_settings"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", settings, *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
