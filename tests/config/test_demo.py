"""The demonstration data set, through the real processes."""

from pathlib import Path

import pytest

from config.demonstration import tenants
from llmproxy.models import ModelDeployment
from tests.e2e.product import Product


@pytest.fixture
def stopped(tmp_path: Path) -> Product:
    """An installation that does not run."""
    return Product(tmp_path / "data", {})


@pytest.mark.django_db(databases=["default", "audit"])
def test_every_model_has_a_price_so_that_there_is_spending_to_look_at() -> None:
    tenants.fill()
    models = ModelDeployment.objects.filter(provider__organisation__slug__startswith="demo-")
    assert models
    assert all(model.prices.exists() for model in models)


@pytest.mark.processes
def test_it_says_so_when_nothing_runs(stopped: Product) -> None:
    done = stopped.manage("demo")
    assert done.returncode == 1
    assert "start it first" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.processes
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
