"""The processes' output on one terminal: each line under its process's name."""

import os
import sys
from typing import Any

COLOURS = {"web": 32, "worker": 33, "beat": 35, "valkey": 36}
WIDTH = max(map(len, COLOURS))


class PrefixedStream:
    """Circus' stream interface: called with each piece of output.

    Args:
        name: the process's name.
    """

    def __init__(self, name: str = "", **_: Any) -> None:
        self._rest = ""
        label = f"{name:<{WIDTH}} |"
        coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._label = f"\033[{COLOURS.get(name, 37)}m{label}\033[0m" if coloured else label

    def __call__(self, data: dict[str, Any]) -> None:
        """Print the whole lines of a piece; keep the rest for the next one."""
        *lines, self._rest = (self._rest + data["data"].decode("utf-8", "replace")).split("\n")
        for line in lines:
            print(f"{self._label} {line}", flush=True)

    def close(self) -> None:
        """Print what never got its line end."""
        if self._rest:
            print(f"{self._label} {self._rest}", flush=True)
            self._rest = ""
