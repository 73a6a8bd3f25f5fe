"""A PostgreSQL server of a test's own, to be killed, stopped, made read-only."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.free_port import free_port

PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql")


def program(name: str) -> str | None:
    """Where a program of the server is."""
    if found := shutil.which(name):
        return found
    candidates = [path for place in PLACES for path in Path(place).glob(f"**/bin/{name}")]
    return str(sorted(candidates)[-1]) if candidates else None


class Server:
    """Args: directory: for its data; made."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._as_user = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
        if self._as_user:
            shutil.chown(directory, "postgres")
        initdb = program("initdb")
        assert initdb is not None
        subprocess.run(
            [initdb, "-D", str(directory), "-U", "gatehouse", "-A", "trust", "-N"],
            check=True, capture_output=True, cwd="/", **self._as_user,  # type: ignore[call-overload]
        )  # fmt: skip

    @property
    def url(self) -> str:
        """Of the database for everything."""
        return f"postgres://gatehouse@127.0.0.1:{self.port}/postgres"

    def start(self, **settings: str) -> None:
        """Start it, and wait until it answers."""
        postgres = program("postgres")
        assert postgres is not None
        chosen = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", **settings}
        options = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [postgres, "-D", str(self.directory), "-p", str(self.port), *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **self._as_user,  # type: ignore[call-overload]
        )  # fmt: skip
        ready = program("pg_isready")
        assert ready is not None
        deadline = time.monotonic() + 60
        while subprocess.run([ready, "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False).returncode != 0:
            assert time.monotonic() < deadline, "PostgreSQL does not start"
            time.sleep(0.1)

    def stop(self, sign: signal.Signals = signal.SIGINT) -> None:
        """End it: in order, or with SIGQUIT as a crash does, without writing anything down."""
        if self._process is not None:
            self._process.send_signal(sign)
            self._process.wait(60)
            self._process = None


def can_run() -> bool:
    """Whether a server can be started here."""
    if os.getuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            return False
    return all(program(name) for name in ("initdb", "postgres", "pg_isready"))
