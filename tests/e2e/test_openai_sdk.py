"""The official OpenAI SDK, unchanged, in a virtual environment of its own."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.product import ROOT, Product

pytestmark = pytest.mark.processes

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements-sdk.txt"


@pytest.fixture(scope="session")
def sdk_python() -> Path:
    """The interpreter of an environment that holds the SDK; kept between runs, made anew when the pins change."""
    cache = Path(os.environ.get("GATEHOUSE_TEST_CACHE") or ROOT / ".cache")
    home = cache / f"openai-sdk-{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]}"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(REQUIREMENTS)]
        done = subprocess.run(install, capture_output=True, text=True)
        if done.returncode:
            _not_run(f"the OpenAI SDK could not be installed: {done.stderr.strip().splitlines()[-1:]}")
        (home / "complete").touch()
    return python


def _not_run(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


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
