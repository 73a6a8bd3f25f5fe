"""A real Valkey for tests that need what processes share."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded.valkey import Valkey


@contextmanager
def running_valkey() -> Iterator[str]:
    """The URL of a server of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gh-valkey-") as folder:  # a short path: sockets allow 107 bytes
        server = Valkey(Path(folder) / "s" / "v.sock", Path(folder) / "d")
        server.prepare()
        with subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                assert server.wait_until_it_answers()
                yield f"unix://{server.socket}"
            finally:
                process.terminate()
                process.wait(timeout=10)
