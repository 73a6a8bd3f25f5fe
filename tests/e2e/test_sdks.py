"""The official SDKs, unchanged, each in an environment of its own, over strict local providers of every wire."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.isolated import environment, node_modules
from tests.e2e.product import Product, eventually
from tests.e2e.sdks.upstream import Upstream

pytestmark = pytest.mark.processes

SDKS = Path(__file__).parent / "sdks"
PINS = {
    "openai": SDKS.parent / "requirements-sdk.txt",
    "anthropic": SDKS / "requirements-anthropic.txt",
    "google": SDKS / "requirements-google.txt",
}
WIRES = ["openai_chat", "openai_responses", "anthropic_messages", "gemini", "bedrock_converse"]
# Vectors come from a provider of another wire than Gemini's, and through Gemini's.
EMBEDDED_BY = {"gemini": "embed-openai_chat"}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """All providers."""
    server = Upstream()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Product]:
    """The product, with a model behind each wire."""
    settings = {"GATEHOUSE_EGRESS_ALLOW": f"127.0.0.1:{upstream.port}"}
    one = Product(tmp_path_factory.mktemp("gatehouse") / "data", settings)
    one.start()
    try:
        one.script(SDKS / "add_wires.py", E2E_PORT=str(upstream.port))
        eventually(lambda: _lists(one, f"over-{WIRES[-1]}"), 10, "the models are listed")
        yield one
    finally:
        one.stop()


def _lists(product: Product, model: str) -> bool:
    return model in [each["id"] for each in product.call("GET", "/v1/models").json()["data"]]


def command(language: str, sdk: str, script: str) -> list[str]:
    """What runs a script of the SDK's in the SDK's environment."""
    if language == "python":
        python = environment(f"{sdk}-sdk", PINS[sdk])
        return [str(python), str(SDKS / "run_over.py"), str(SDKS / f"{sdk}_{script}.py")]
    home = node_modules(f"{sdk}-js", SDKS / f"js-{sdk}")
    shutil.copy(SDKS / f"{sdk}_{script}.mjs", home)
    return ["node", shutil.copy(SDKS / "run_over.mjs", home), f"{sdk}_{script}.mjs"]


def ran(script: list[str], served: Product, models: list[str]) -> str:
    """What a script said that ran to its end."""
    arguments = [served.base_url, served.first_run["api_key"], *models]
    done = subprocess.run([*script, *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("language", ["python", "javascript"])
@pytest.mark.parametrize("sdk", ["openai", "anthropic", "google"])
def test_the_sdk_works_over_every_wire(served: Product, upstream: Upstream, sdk: str, language: str) -> None:
    upstream.refused.clear()
    models = [f"over-{wire}={EMBEDDED_BY.get(wire, 'embed-gemini')}" for wire in WIRES]
    said = ran(command(language, sdk, "calls"), served, models)
    assert said.count("everything worked") == len(WIRES)
    assert upstream.refused == []


@pytest.mark.parametrize("language", ["python", "javascript"])
@pytest.mark.parametrize("sdk", ["openai", "anthropic", "google"])
def test_each_failure_is_of_its_own_class_and_refusals_by_policy_are_not_tried_again(
    served: Product, sdk: str, language: str
) -> None:
    said = ran(command(language, sdk, "failures"), served, [f"fails-{wire}=none" for wire in WIRES])
    assert said.count("everything failed as it should") == len(WIRES)
