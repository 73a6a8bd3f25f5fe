"""A whole installation on free ports, a second provider beside it, and a browser."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from playwright.sync_api import Browser, Error, sync_playwright
from pytest_httpserver import HTTPServer

from tests.free_port import free_port

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ANSWER = "Hello from the second house."
START_SECONDS = 180
STOP_SECONDS = 30


class Upstream(NamedTuple):
    """An OpenAI-compatible server that is none of ours: where it is, and what it wants."""

    base_url: str
    key: str
    address: str


class Installation(NamedTuple):
    """A running Gatehouse, as its first-run.json describes it."""

    base_url: str
    admin_url: str
    username: str
    password: str
    api_key: str
    model: str
    log: Path


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until `url` answers 200.

    Raises:
        AssertionError: the process ended, or START_SECONDS passed; with the end of its log.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=2).status_code == requests.codes.ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{url} does not answer\n{log.read_text(errors='replace')[-4000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end; insist after STOP_SECONDS."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment(**more: str) -> dict[str, str]:
    """This process's, without what configures the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GATEHOUSE_", "DJANGO_"))}
    return {**kept, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", "PYTHONUNBUFFERED": "1", **more}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """A server that answers one chat completion to who has its key."""
    key = f"sk-{secrets.token_hex(16)}"
    completion = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "house-model-1",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": ANSWER}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
    }  # fmt: skip
    with HTTPServer("127.0.0.1", 0) as server:
        wanted = server.expect_request("/v1/chat/completions", "POST", headers={"Authorization": f"Bearer {key}"})
        wanted.respond_with_json(completion)
        yield Upstream(f"http://127.0.0.1:{server.port}/v1", key, f"127.0.0.1:{server.port}")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Installation]:
    """`manage.py up` with a data directory of its own."""
    data, port = tmp_path_factory.mktemp("gatehouse"), free_port()
    log = data / "up.log"
    settings = environment(
        GATEHOUSE_DATA=str(data), GATEHOUSE_PORT=str(port), GATEHOUSE_EGRESS_ALLOW=upstream.address,
    )  # fmt: skip
    with log.open("wb") as output:
        command = [sys.executable, str(ROOT / "manage.py"), "up"]
        process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=output, stderr=output)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process, log)
        first = json.loads((data / "first-run.json").read_text())
        yield Installation(
            first["base_url"], first["admin_url"], first["admin_username"], first["admin_password"], first["api_key"],
            first["model"], log,
        )  # fmt: skip
    finally:
        stop(process)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of the system, else Playwright's own, else the test is reported as not run (and fails in CI)."""
    with sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        try:
            chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            if os.environ.get("CI") == "true":
                pytest.fail(f"CI has no browser: {error}")
            pytest.skip("not run: neither /usr/bin/chromium nor Playwright's own Chromium is installed")
        yield chromium
        chromium.close()
