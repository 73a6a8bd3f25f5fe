"""The product itself, started as a user would, then arranged for measuring: web process alone on its core."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import machine
from load import Target

ROOT = Path(__file__).resolve().parents[1]
FIRST_START_SECONDS = 90


class StartFailed(Exception):
    """The gateway did not come up; the text holds the end of its log."""


@dataclass
class Product:
    """A running installation.

    Attributes:
        web: process ids of the web server; `others`: of everything else.
    """

    data: Path
    port: int
    first_run: dict[str, str]
    environment: dict[str, str]
    web: list[int]
    others: list[int]
    start_seconds: float

    @property
    def base_url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def token(self) -> str:
        """A JWT of the service account, by client credentials."""
        form = {"grant_type": "client_credentials", "client_id": self.first_run["client_id"]}
        form["client_secret"] = self.first_run["client_secret"]
        request = urllib.request.Request(f"{self.base_url}/oauth/token", urllib.parse.urlencode(form).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(json.load(answer)["access_token"])

    def target(self, name: str, credential: str) -> Target:
        """The web process as a target of load."""
        return Target(name, self.port, [f"Authorization: Bearer {credential}"], pids=self.web)

    def add_provider(self, upstream: int) -> None:
        """A provider row for the fake upstream, and a route named "bench"."""
        environment = {**self.environment, "UPSTREAM_URL": f"http://127.0.0.1:{upstream}/v1"}
        script = [sys.executable, str(ROOT / "bench" / "provider_rows.py")]
        done = subprocess.run(script, env=environment, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise StartFailed(f"the provider row could not be added: {done.stderr[-2000:]}")
        time.sleep(1.2)  # a change is in force on every worker within a second

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run manage.py in this installation's environment."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True)

    @contextmanager
    def ingestion_paused(self) -> Iterator[None]:
        """Celery stands still, so that it does not take the load generator's core; records wait in the spool."""
        paused = [pid for pid in self.others if "celery" in machine.command(pid)]
        for pid in paused:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in paused:
                os.kill(pid, signal.SIGCONT)


@contextmanager
def running(data: Path, upstream: int, log: Path) -> Iterator[Product]:
    """`manage.py up` on a free port with an empty data directory. Raises StartFailed."""
    port = machine.free_port()
    environment = {
        **os.environ,
        "GATEHOUSE_DATA": str(data),
        "GATEHOUSE_PORT": str(port),
        "GATEHOUSE_EGRESS_ALLOW": f"127.0.0.1:{upstream}",
        "GATEHOUSE_ACCESS_TOKEN_SECONDS": "3600",
        "PYTHONPATH": f"{ROOT / 'platform'}{os.pathsep}{ROOT}",
    }
    with log.open("wb") as out:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            first_run = _ready(process, data, port, log)
            web, others = _arranged(process.pid)
            yield Product(data, port, first_run, environment, web, others, time.monotonic() - began)
        finally:
            machine.stop(process)


def _ready(process: "subprocess.Popen[bytes]", data: Path, port: int, log: Path) -> dict[str, str]:
    deadline = time.monotonic() + FIRST_START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (data / "first-run.json").exists() and _answers(f"http://127.0.0.1:{port}/readyz"):
            return dict(json.loads((data / "first-run.json").read_text()))
        time.sleep(0.1)
    raise StartFailed(f"`manage.py up` is not ready:\n{log.read_text(errors='replace')[-3000:]}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _arranged(root: int) -> tuple[list[int], list[int]]:
    """Web server on the gateway's core, everything else on the other."""
    everything = machine.descendants(root)
    web = [pid for pid in everything if "granian" in machine.command(pid)]
    children = {child for pid in web for child in machine.descendants(pid)}
    web = sorted({*web, *children})
    others = [pid for pid in everything if pid not in web]
    machine.pin(web, machine.GATEWAY_CORE)
    machine.pin(others, machine.LOAD_CORE)
    return web, others
