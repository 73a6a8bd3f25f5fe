"""The client package as its users have it: installed apart from us, with the SDKs, against the running product."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.e2e.isolated import environment
from tests.e2e.product import ROOT, Product

pytestmark = pytest.mark.processes

PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = PYTHON.findall((ROOT / "docs/clients.md").read_text())
SECTION = (
    (ROOT / "README.md").read_text().partition("## Ten-minute tokens in your coding tool")[2].partition("\n## ")[0]
)
WHERE = "http://127.0.0.1:8000"


def block(kind: str, product: Product) -> str:
    """The section's block, with the address of the product at hand."""
    found = re.search(rf"^```{kind}\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1].replace(WHERE, product.base_url)


@pytest.fixture(scope="session")
def client_python() -> Path:
    """Where the package is installed."""
    return environment("clients", ROOT / "tests/e2e/requirements-clients.txt", ROOT / "clients/python")


class Shell:
    """A person's shell, with a home folder of its own."""

    def __init__(self, home: Path, python: Path, product: Product) -> None:
        first = product.first_run
        self.python = python
        self.variables = {
            "HOME": str(home), "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "GATEHOUSE_URL": product.base_url, "CLIENT_ID": first["client_id"],
            "CLIENT_SECRET": first["client_secret"], "API_KEY": first["api_key"],
        }  # fmt: skip
        login = f"gatehouse login --url {product.base_url} --user {first['admin_username']}"
        self.run(login, first["admin_password"])

    def run(self, command: str, typed: str = "") -> str:
        """What it prints."""
        return self._output(["sh", "-c", command], typed)

    def script(self, text: str) -> str:
        """What a program prints."""
        return self._output([str(self.python), "-W", "error", "-c", text])

    def _output(self, command: list[str], typed: str = "") -> str:
        done = subprocess.run(
            command, input=typed + "\n", env=self.variables, capture_output=True, text=True, timeout=120, cwd="/"
        )
        assert done.returncode == 0, (command, done.stderr[-3000:])
        return done.stdout


@pytest.fixture(scope="module")
def shell(product: Product, client_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Signed in."""
    return Shell(tmp_path_factory.mktemp("home"), client_python, product)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_of_the_page_runs_as_it_is_written(shell: Shell, number: int) -> None:
    assert shell.script(EXAMPLES[number]).strip()


def test_the_package_needs_nothing_of_ours(shell: Shell) -> None:
    assert (
        shell.script("import sys, gatehouse; print('django' in sys.modules, 'requests' in sys.modules)")
        == "False False\n"
    )


def test_claude_code_gets_a_token_by_its_key_helper(shell: Shell, product: Product) -> None:
    settings = json.loads(block("json", product))
    assert settings["env"]["ANTHROPIC_BASE_URL"] == product.base_url
    token = shell.run(settings["apiKeyHelper"]).strip()
    # Claude Code sends what the helper prints in both headers.
    sent = {"x-api-key": token, "Authorization": f"Bearer {token}", "anthropic-version": "2023-06-01"}
    answer = product.call("GET", "/v1/models?limit=1000", credential=None, headers=sent)
    assert answer.status == 200 and product.first_run["model"] in {one["id"] for one in answer.json()["data"]}


def test_codex_gets_a_token_by_its_command(shell: Shell, product: Product) -> None:
    config = tomllib.loads(block("toml", product))
    provider = config["model_providers"][config["model_provider"]]
    token = shell.run(" ".join([provider["auth"]["command"], *provider["auth"]["args"]])).strip()
    assert provider["auth"]["refresh_interval_ms"] <= 300_000 and provider["base_url"] == f"{product.base_url}/v1"
    answer = product.call("GET", f"/v1/models/{config['model']}", credential=token)
    assert answer.status == 200, answer.body


def test_aider_starts_with_a_token(shell: Shell, product: Product) -> None:
    line = block("sh", product).strip()
    before, _, tool = line.rpartition(" aider ")
    assert tool.startswith("--model openai/demo")
    key, base = shell.run(f"{before} sh -c 'echo $OPENAI_API_KEY $OPENAI_API_BASE'").split()
    assert base == f"{product.base_url}/v1" and product.call("GET", "/v1/models", credential=key).status == 200


BOUND = """
import os
from pathlib import Path
from gatehouse import PrivateKey, ProofKey, Signer, TokenSource

home = Path(os.environ["HOME"])
signer = Signer.kept(home / "client.pem")
url = os.environ["GATEHOUSE_URL"]
source = TokenSource(url, PrivateKey(os.environ["CLIENT_ID"], signer), proof_key=ProofKey.kept(home / "proof.pem"))
models, body = f"{url}/v1/models?limit=5", {"model": "demo", "messages": [{"role": "user", "content": "Hello"}]}
chat = f"{url}/v1/chat/completions"
"""
LIBRARIES = {
    "requests": """
import requests
from gatehouse.for_requests import GatehouseAuth
auth = GatehouseAuth(source)
assert requests.get(models, auth=auth).status_code == requests.post(chat, json=body, auth=auth).status_code == 200
""",
    "httpx": """
import httpx
from gatehouse.for_httpx import GatehouseAuth
with httpx.Client(auth=GatehouseAuth(source)) as client:
    assert client.get(models).status_code == client.post(chat, json=body).status_code == 200
""",
    "openai": """
import httpx2, openai
from gatehouse.for_httpx2 import GatehouseAuth
client = openai.OpenAI(base_url=f"{url}/v1", api_key="x", http_client=httpx2.Client(auth=GatehouseAuth(source)))
assert client.chat.completions.create(**body).choices
assert [chunk for chunk in client.chat.completions.create(**body, stream=True)]
""",
    "aiohttp": """
import aiohttp, asyncio
from gatehouse.for_aiohttp import GatehouseAuth
async def main():
    async with aiohttp.ClientSession(middlewares=(GatehouseAuth(source),)) as session:
        async with session.get(models) as answer:
            assert answer.status == 200
        async with session.post(chat, json=body) as answer:
            assert answer.status == 200, await answer.text()
asyncio.run(main())
""",
}
REGISTER = """
import os
from accounts.actions import add_client_keys
from accounts.models import ServiceAccount
account = ServiceAccount.objects.get(client_id=os.environ["E2E_CLIENT"])
add_client_keys.execute(account, os.environ["E2E_JWK"])
"""


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_program_with_its_own_key_calls_with_bound_tokens(shell: Shell, product: Product, library: str) -> None:
    public = shell.script(
        "import json, os; from pathlib import Path; from gatehouse import Signer;"
        "s = Signer.kept(Path(os.environ['HOME']) / 'client.pem');"
        "print(json.dumps({**s.public_jwk, 'kid': s.thumbprint, 'alg': s.alg}))"
    )
    made = product.manage("shell", "-c", REGISTER, E2E_CLIENT=product.first_run["client_id"], E2E_JWK=public)
    assert made.returncode == 0, made.stderr[-2000:]
    said = shell.script(BOUND + LIBRARIES[library] + "print(source.token().value)")
    token = said.split()[-1]
    for scheme in ("Bearer", "DPoP"):
        refused = product.call("GET", "/v1/models", credential=None, headers={"Authorization": f"{scheme} {token}"})
        assert refused.status == 401, scheme


def test_a_person_makes_a_key_and_calls_with_it(shell: Shell, product: Product) -> None:
    key = shell.run("gatehouse keys create laptop", product.first_run["admin_password"]).strip()
    assert product.call("GET", "/v1/models", credential=key).status == 200
    shell.run("gatehouse keys revoke laptop")
    assert "laptop" not in shell.run("gatehouse keys list")
