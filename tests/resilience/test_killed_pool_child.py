"""T2 with a worker that forks: the child that takes records in is killed alone, its parent and the broker live on."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery

from config.embedded.valkey import Valkey
from tests.resilience.installation import ROOT, Installation
from tests.resilience.length import LONG
from tests.resilience.test_killed_ingester import RECORDS, STEPS, outbox

SECONDS = 60.0
QUEUE = "gatehouse"


@pytest.fixture
def broker() -> Iterator[str]:
    """The address of a Valkey of its own. Sockets have short names only, so it lies beside the test's directory."""
    with tempfile.TemporaryDirectory(prefix="gh-") as short:
        valkey = Valkey(Path(short) / "s" / "valkey.sock", Path(short) / "data")
        valkey.prepare()
        with subprocess.Popen(valkey.command(), stdout=subprocess.DEVNULL) as server:
            assert valkey.wait_until_it_answers()
            yield f"redis+socket://{valkey.socket}"
            server.kill()


@contextmanager
def forking_worker(installation: Installation, broker: str, fault: str, mark: Path) -> Iterator[None]:
    """`celery worker --pool prefork`, as somebody may start it by hand."""
    command = [
        sys.executable, "-m", "celery", "-q", "-A", "tests.resilience.killed_pool_child", "worker", "--pool", "prefork",
        "--concurrency", "2", "--queues", QUEUE, "--without-mingle", "--without-gossip",
    ]  # fmt: skip
    environment = installation.environment | {
        "CELERY_BROKER_URL": broker, "FAULT": fault, "FAULT_ONCE": str(mark),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
    }  # fmt: skip
    log = (installation.data / "worker.log").open("wb")
    with log, subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log) as worker:
        try:
            yield
        finally:
            worker.terminate()
            try:
                worker.wait(20)
            except subprocess.TimeoutExpired:
                worker.kill()


def eventually(condition: Callable[[], bool], installation: Installation, what: str) -> None:
    """Raises AssertionError, with what the worker said: it does not come to that."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        said = (installation.data / "worker.log").read_text(errors="replace")
        assert time.monotonic() < deadline, f"{what}: {said[-3000:]}"
        time.sleep(0.05)


@pytest.mark.parametrize("step", STEPS if LONG else STEPS[:1])
def test_a_pool_child_that_dies_at_a_step_loses_nothing_and_its_work_is_taken_up_again(
    installation: Installation, broker: str, tmp_path: Path, step: str
) -> None:
    acknowledged = installation.written(RECORDS)
    outbox(installation)
    mark = tmp_path / "once"
    mark.touch()
    with forking_worker(installation, broker, step, mark):
        with Celery(broker=broker) as hints:
            hints.send_task("audit.ingest", queue=QUEUE)
        eventually(lambda: not mark.exists(), installation, "a pool child came to this step and died")
        # One hint only was given: what follows is the same message, which the parent gave back to the broker.
        eventually(lambda: acknowledged <= installation.stored().keys(), installation, "the rest is taken in")
    installation.managed("audit", "ingest")
    final = installation.stored()
    assert acknowledged <= final.keys()
    assert len(final) - len(acknowledged) <= 1
    assert "everything holds" in installation.managed("audit", "verify")
