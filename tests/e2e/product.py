"""One installation of the product, started by its own command, on a free port with a data directory of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.free_port import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0
STOP_SECONDS = 30.0

COUNT_EVENTS = """
import json, os
from collections import Counter
from audit.models import AuditEvent
wanted = json.load(open(os.environ["E2E_REQUEST_IDS"]))
counts = {one: Counter() for one in wanted}
rows = AuditEvent.objects.filter(type__startswith="proxy.").values_list("request_id", "type")
for request_id, kind in rows.iterator():
    if request_id in counts:
        counts[request_id][kind] += 1
print("COUNTS" + json.dumps(counts))
"""


def eventually(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Until `condition` holds. Raises AssertionError naming `what` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)


@dataclass
class Answer:
    """What came back: `headers` have lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Product:
    """A running Gatehouse."""

    data: Path
    settings: Mapping[str, str]
    port: int = field(default_factory=free_port)
    first_run: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def base_url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The caller's environment without its own Gatehouse settings, and this installation's."""
        ours = (
            "GATEHOUSE_",
            "DJANGO_SETTINGS_MODULE",
            "DATABASE_URL",
            "AUDIT_DATABASE_URL",
            "REDIS_URL",
            "CELERY_BROKER_URL",
        )
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        paths = f"{ROOT / 'platform'}{os.pathsep}{ROOT}"
        own = {"GATEHOUSE_DATA": str(self.data), "GATEHOUSE_PORT": str(self.port), "PYTHONPATH": paths}
        return {**inherited, **own, **self.settings}

    @property
    def log(self) -> Path:
        """Everything that the processes printed."""
        return self.data.parent / f"{self.data.name}.log"

    def start(self) -> None:
        """`manage.py up`, until it answers. Raises AssertionError with the end of the log when it does not."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            eventually(self._is_up, START_SECONDS, "the product answers")
        except AssertionError:
            self.stop()
            raise AssertionError(f"manage.py up:\n{self.log.read_text(errors='replace')[-4000:]}") from None
        self.first_run = json.loads((self.data / "first-run.json").read_text())

    def _is_up(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError("manage.py up ended")
        return (self.data / "first-run.json").exists() and self.is_ready()

    def is_ready(self) -> bool:
        """/readyz says so."""
        try:
            return self.call("GET", "/readyz", credential=None, timeout=3).status == 200
        except OSError:
            return False

    def stop(self) -> int:
        """SIGTERM; the exit code. What is left after half a minute is killed."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in reversed(self.pids()):
                os.kill(pid, signal.SIGKILL)
            return self.process.wait()

    def manage(self, *arguments: str, timeout: float = 120, **extra: str) -> "subprocess.CompletedProcess[str]":
        """Run manage.py in this installation's environment."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environment, **extra},
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def script(self, path: Path, **extra: str) -> str:
        """Run a Python script inside the installation; its output. Raises AssertionError when it fails."""
        done = subprocess.run(
            [sys.executable, str(path)], cwd=ROOT, env={**self.environment, **extra}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        credential: str | None = "api_key",
        headers: Mapping[str, str] | None = None,
        timeout: float = 30,
    ) -> Answer:
        """One request. `credential` names an entry of first-run.json, or is the token itself."""
        sent = dict(headers or {})
        if credential is not None:
            sent["Authorization"] = f"Bearer {self.first_run.get(credential, credential)}"
        payload = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if payload is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, payload, sent)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def chat(self, text: str = "hello", **more: object) -> Answer:
        """A chat call on the built-in model."""
        body = {"model": self.first_run["model"], "messages": [{"role": "user", "content": text}], **more}
        return self.call("POST", "/v1/chat/completions", body)

    def program_token(self) -> str:
        """A JWT by client credentials."""
        form = {"grant_type": "client_credentials", "client_id": self.first_run["client_id"]}
        form["client_secret"] = self.first_run["client_secret"]
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urllib.parse.urlencode(form).encode()
        answer = self.call("POST", "/oauth/token", body, credential=None, headers=kind)
        assert answer.status == 200, answer.body
        return str(answer.json()["access_token"])

    def person_token(self) -> str:
        """A JWT by user name and password."""
        login = {"username": self.first_run["admin_username"], "password": self.first_run["admin_password"]}
        answer = self.call("POST", "/api/token/", login, credential=None)
        assert answer.status == 200, answer.body
        return str(answer.json()["access"])

    def pids(self, word: str = "") -> list[int]:
        """The processes of this installation whose command line holds `word`, parents first."""
        assert self.process is not None
        found = [self.process.pid]
        parents = _children_by_parent()
        for pid in found:
            found.extend(parents.get(pid, []))
        return [pid for pid in found if word in _command(pid)]

    def memory(self, word: str) -> int:
        """Resident bytes of the processes whose command line holds `word`, and of their children."""
        parents = _children_by_parent()
        family = self.pids(word)
        for pid in family:
            family.extend(child for child in parents.get(pid, []) if child not in family)
        return sum(_resident(pid) for pid in family)

    def proxy_events(self, request_ids: Iterable[str]) -> dict[str, dict[str, int]]:
        """How many records of each type the audit log holds for each request."""
        wanted = self.data / "e2e-request-ids.json"
        wanted.write_text(json.dumps(sorted(request_ids)))
        done = self.manage("shell", "-c", COUNT_EVENTS, E2E_REQUEST_IDS=str(wanted))
        assert done.returncode == 0, done.stderr[-3000:]
        return dict(json.loads(done.stdout.split("COUNTS", 1)[1]))


def _children_by_parent() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            found.setdefault(parent, []).append(int(entry.name))
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
