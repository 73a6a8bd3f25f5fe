"""The demonstration data set, through the real processes."""

from pathlib import Path

import pytest

from tests.e2e.product import Product

pytestmark = pytest.mark.processes


@pytest.fixture
def stopped(tmp_path: Path) -> Product:
    """An installation that does not run."""
    return Product(tmp_path / "data", {})


def test_it_says_so_when_nothing_runs(stopped: Product) -> None:
    done = stopped.manage("demo")
    assert done.returncode == 1
    assert "start it first" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_it_sends_real_calls_and_may_be_repeated(stopped: Product) -> None:
    stopped.start()
    try:
        for _ in range(2):
            done = stopped.manage("demo", "--calls", "40")
            assert done.returncode == 0, done.stderr
            assert "40 calls in 3 organisations" in done.stdout
            assert "× 200" in done.stdout
            assert "× 401" not in done.stdout
            assert "× 404" in done.stdout
    finally:
        assert stopped.stop() == 0
