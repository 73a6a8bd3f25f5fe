"""A data directory with the tables of the audit app, and the commands that work on it in processes of their own."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
COUNT = "SELECT replace(CAST(id AS TEXT), '-', ''), leaf_index FROM audit_event WHERE type = 'proxy.request.rejected'"


class Installation:
    """One of its own.

    Args:
        data: its directory.
        settings: more of its environment, such as DATABASE_URL.
    """

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        mine = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}
        for name in ("DATABASE_URL", "AUDIT_DATABASE_URL"):
            mine.pop(name, None)
        mine |= {"GATEHOUSE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "config.settings", **settings}
        self.environment = mine

    def make_tables(self) -> None:
        """Those of the audit app."""
        for database in ("default", *(() if "DATABASE_URL" in self.environment else ("audit",))):
            self.managed("migrate", "audit", "--database", database)

    def copied(self, data: Path) -> "Installation":
        """The same, elsewhere."""
        shutil.copytree(self.data, data, dirs_exist_ok=True)
        return Installation(data)

    @property
    def spool(self) -> Path:
        """Where writers write."""
        return self.data / "spool"

    def managed(self, *command: str) -> str:
        """What `manage.py` said. Raises AssertionError: it failed."""
        done = self.tried(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def tried(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """`manage.py`, however it ends."""
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *command],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    @contextmanager
    def running(self, script: str, *arguments: str, **more: str) -> Iterator["subprocess.Popen[str]"]:
        """A script of this folder, in a process of its own that is killed in the end."""
        command = [sys.executable, str(HERE / script), *arguments]
        environment = self.environment | more
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)

    def stored(self) -> dict[str, int]:
        """Leaf index by event id, of SQLite."""
        connection = sqlite3.connect(self.data / "audit.sqlite3", timeout=30)
        try:
            return dict(connection.execute(COUNT).fetchall())
        finally:
            connection.close()

    def written(self, records: int) -> set[str]:
        """The ids that a writer acknowledged before it was killed."""
        with self.running("killed_writer.py", str(self.spool), "local") as writer:
            assert writer.stdout is not None
            acknowledged = [writer.stdout.readline().strip() for _ in range(records)]
            writer.send_signal(signal.SIGKILL)
            acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
        return {event_id.replace("-", "") for event_id in acknowledged}
