"""The leases once more, in PostgreSQL, where processes decide at the same time; and the sums of the ledger."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.audit.postgresql_settings import DATABASES
from tests.audit.test_on_postgresql import reachable

ROOT = Path(__file__).resolve().parents[3]
FILES = ("tests/llmproxy/budgets/test_leasing.py", "tests/llmproxy/ledger/test_usage_by_tag.py")


@pytest.mark.services
def test_no_budget_is_overspent_and_sums_are_right_on_postgresql() -> None:
    if not reachable():
        assert os.environ.get("CI") != "true", "PostgreSQL must be there in CI"
        pytest.skip("not run: PostgreSQL is not reachable")
    log = DATABASES["audit"]
    password = f":{log['PASSWORD']}" if log["PASSWORD"] else ""
    url = f"postgres://{log['USER']}{password}@{log['HOST']}:{log['PORT']}/gatehouse_money_{os.getpid()}"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *FILES]
    environment = {**os.environ, "GATEHOUSE_TEST_DATABASE_URL": url}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
