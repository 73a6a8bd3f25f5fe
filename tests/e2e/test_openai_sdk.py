"""The official OpenAI SDK, unchanged, in a virtual environment of its own."""

import subprocess
from pathlib import Path

import pytest

from tests.e2e.isolated import environment
from tests.e2e.product import Product

pytestmark = pytest.mark.processes

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements-sdk.txt"


@pytest.fixture(scope="session")
def sdk_python() -> Path:
    """The interpreter of an environment that holds the SDK; kept between runs, made anew when the pins change."""
    return environment("openai-sdk", REQUIREMENTS)


@pytest.mark.parametrize("credential", ["api key", "program token", "person token"])
def test_the_sdk_works_with_nothing_changed_but_url_and_key(
    product: Product, sdk_python: Path, credential: str
) -> None:
    keys = {
        "api key": lambda: product.first_run["api_key"],
        "program token": product.program_token,
        "person token": product.person_token,
    }
    embedding_model = next(name for name in _models(product) if "embed" in name)
    arguments = [product.base_url, keys[credential](), product.first_run["model"], embedding_model]
    done = subprocess.run(
        [str(sdk_python), str(HERE / "sdk_calls.py"), *arguments], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]


def _models(product: Product) -> list[str]:
    return [one["id"] for one in product.call("GET", "/v1/models").json()["data"]]
