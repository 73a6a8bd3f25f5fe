"""Claude Code and Codex themselves, unchanged, on the built-in model: `make test-coding-tools` (a download of 250 MB).

What their documentation says is tested without them, in tests/llmproxy/pairs.
"""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.product import ROOT, Product

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif("GATEHOUSE_TEST_CODING_TOOLS" not in os.environ, reason="make test-coding-tools"),
]
HERE = Path(__file__).parent / "coding_tools"
CODEX = """
model = "{model}"
model_provider = "gatehouse"
web_search = "disabled"

[model_providers.gatehouse]
name = "Gatehouse"
base_url = "{base_url}/v1"
env_key = "GATEHOUSE_API_KEY"
wire_api = "responses"
supports_websockets = true
"""
QUIET = {
    "DISABLE_TELEMETRY": "1", "DISABLE_AUTOUPDATER": "1", "DISABLE_ERROR_REPORTING": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
}  # fmt: skip


@pytest.fixture(scope="module")
def tools() -> Path:
    """Where npm put them; kept between runs, made anew when the lock changes."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    lock = (HERE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("GATEHOUSE_TEST_CACHE") or ROOT / ".cache")
    home = cache / f"coding-tools-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (home / "complete").exists():
        home.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, home / name)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=home, check=True)
        (home / "complete").touch()
    return home / "node_modules"


def program(tools: Path, package: str, name: str) -> str:
    """The binary within a package of a platform's."""
    found = [path for path in tools.glob(f"{package}-linux-*/**/{name}") if path.is_file()]
    return str(found[0])


def ran(command: list[str], home: Path, **environment: str) -> str:
    """What it printed; in a home and a folder of its own, with nothing of the caller's environment."""
    folder = home / "work"
    folder.mkdir(exist_ok=True)
    clean = {"HOME": str(home), "PATH": "/usr/bin:/bin", "TERM": "dumb", **QUIET, **environment}
    done = subprocess.run(
        command, cwd=folder, env=clean, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
    )
    return done.stdout


@pytest.mark.parametrize("variable", ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"])
def test_claude_code_answers_and_uses_a_tool(product: Product, tools: Path, tmp_path: Path, variable: str) -> None:
    claude = program(tools, "@anthropic-ai/claude-code", "claude")
    environment = {
        "ANTHROPIC_BASE_URL": product.base_url, variable: product.first_run["api_key"],
        "ANTHROPIC_MODEL": product.first_run["model"],
    }  # fmt: skip
    asked = [claude, "-p", "please use TaskList now", "--output-format", "json", "--max-turns", "4"]
    result: dict[str, Any] = json.loads(ran(asked, tmp_path, **environment))
    assert (result["subtype"], result["is_error"], result["num_turns"]) == ("success", False, 2)
    assert "No tasks found" in result["result"]
    assert result["usage"]["input_tokens"] > 1000 and result["usage"]["output_tokens"] > 5


@pytest.mark.parametrize(
    ("question", "said"),
    [("please use get_goal now", "goal"), ("please use multi_agent_v1__close_agent", "invalid agent id")],
)
def test_codex_leaves_the_websocket_and_uses_a_tool(
    product: Product, tools: Path, tmp_path: Path, question: str, said: str
) -> None:
    codex = program(tools, "@openai/codex", "codex")
    (tmp_path / ".codex").mkdir()
    config = CODEX.format(model=product.first_run["model"], base_url=product.base_url)
    (tmp_path / ".codex" / "config.toml").write_text(config)
    asked = [codex, "exec", "--skip-git-repo-check", "-s", "read-only", "--json", question]
    lines = ran(asked, tmp_path, GATEHOUSE_API_KEY=product.first_run["api_key"]).splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    messages = [event["item"]["text"] for event in events if event.get("item", {}).get("type") == "agent_message"]
    assert len(messages) == 1 and said in messages[0]
    assert events[-1]["type"] == "turn.completed" and events[-1]["usage"]["input_tokens"] > 1000
