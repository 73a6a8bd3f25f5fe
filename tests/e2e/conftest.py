"""One installation for the whole session with a scripted provider; tests that kill processes start their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.product import Product, eventually
from tests.e2e.provider import BEHAVIOURS, Provider

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """The scripted provider."""
    server = Provider()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Product]:
    """The whole product with two web workers, the scripted provider allowed and configured."""
    settings = {
        "GATEHOUSE_WORKERS": "2",
        "GATEHOUSE_KEEP_ALIVE_SECONDS": "1",
        "GATEHOUSE_EGRESS_ALLOW": f"127.0.0.1:{provider.port}",
    }
    one = Product(tmp_path_factory.mktemp("gatehouse") / "data", settings)
    one.start()
    try:
        add_provider(one, provider)
        yield one
    finally:
        one.stop()


def add_provider(one: Product, server: Provider) -> None:
    """Rows for the scripted provider, until both workers know them."""
    url = f"http://127.0.0.1:{server.port}/v1"
    one.script(HERE / "add_provider.py", E2E_URL=url, E2E_MODELS=",".join(BEHAVIOURS))

    def known() -> bool:
        return all("whole" in _models(one) for _ in range(8))

    eventually(known, 10, "every worker knows the scripted provider")


def _models(one: Product) -> set[str]:
    return {model["id"] for model in one.call("GET", "/v1/models").json()["data"]}
