"""Circus as the supervisor: starts the processes, starts them again when they die, stops them in order."""

import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from circus.arbiter import Arbiter
from circus.watcher import Watcher
from tornado import gen

from config.processes import leash
from config.processes.output import PrefixedStream
from config.processes.table import Process

CHECK_SECONDS = 0.5
KILLED = 130


class OrderedArbiter(Arbiter):
    """Circus stops all watchers at once; ours stop one after the other, so that none loses what it leans on."""

    stopping = False

    @gen.coroutine
    def manage_watchers(self) -> Any:
        """Looks after the processes, but not while they are being stopped."""
        if not self.stopping:
            yield super().manage_watchers()

    @gen.coroutine
    def _stop_watchers(self, close_output_streams: bool = False, watcher_iter_func: Any = None) -> Any:
        self.stopping = True
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._kill)
        for watcher in sorted(self.watchers, key=lambda watcher: watcher.priority):
            yield watcher._stop(close_output_streams)

    def _kill(self, *_: object) -> None:
        """The second Ctrl-C does not wait."""
        for watcher in self.watchers:
            for process in list(watcher.processes.values()):
                process.send_signal(signal.SIGKILL)
        os._exit(KILLED)


def supervise(processes: Sequence[Process], environment: dict[str, str], control: Path) -> None:
    """Run until SIGINT or SIGTERM.

    Args:
        processes: first to start first.
        control: the path of the supervisor's own socket, in a folder of ours alone.
    """
    logging.getLogger("circus").setLevel(logging.ERROR)
    control.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    events = control.with_name(f"{control.name}.events")
    inherited = {**os.environ, **environment}
    watchers = [_watcher(process, inherited, rank) for rank, process in enumerate(reversed(processes))]
    arbiter: Any = OrderedArbiter(  # type: ignore[no-untyped-call]  # circus is untyped
        watchers, f"ipc://{control}", f"ipc://{events}", check_delay=CHECK_SECONDS
    )
    try:
        arbiter.start()
    finally:
        for path in (control, events):
            path.unlink(missing_ok=True)


def _watcher(process: Process, environment: dict[str, str], rank: int) -> Watcher:
    stream = {"stream": PrefixedStream(process.name)}
    return Watcher(  # type: ignore[no-untyped-call]
        process.name,
        sys.executable,
        args=["-S", "-E", leash.__file__, str(process.niceness), *process.command],
        env={**environment, **process.environment},
        graceful_timeout=process.grace,
        priority=rank,  # started from the highest, stopped from the lowest
        max_retry=-1,
        close_child_stdin=True,
        stdout_stream=stream,
        stderr_stream=stream,
    )
