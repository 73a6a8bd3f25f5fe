"""`manage.py audit bench`: what this machine and this disk can do, in a few seconds, beside the log and not in it."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

from django.conf import settings

from audit.context import Actor
from audit.recorder import Recorder
from audit.tree.frontier import Frontier
from audit.tree.leaves import leaf_hash

MOST = 200_000
PACE_SECONDS = 0.001
ACTOR = Actor("api_key", "key:00000000-0000-7000-8000-000000000000", "bench")
COLUMNS = {
    "request_id": "req_0123456789abcdef", "http_method": "POST", "http_path": "/v1/chat/completions",
    "http_status": 200, "model_requested": "bench", "tokens_in": 812, "tokens_out": 120, "duration_us": 2_150_000,
}  # fmt: skip
LEAF_BYTES = 800  # what a finished call takes


class MeasuringCommands:
    """A sub-command of `audit`; `stdout` is the command's."""

    stdout: Any

    def bench(self, options: dict[str, Any]) -> None:
        """Records made one a millisecond as by a busy gateway, and as fast as can be; leaves of the tree hashed."""
        count = options["records"]
        with tempfile.TemporaryDirectory(prefix="audit-bench-", dir=settings.GATEHOUSE_DATA) as folder:
            recorder = Recorder(Path(folder), settings.AUDIT_NODE)
            for name, pace in (("a thousand a second", PACE_SECONDS), ("as fast as can be", 0.0)):
                costs = list(_made(recorder, count, pace))
                cuts = quantiles(costs, n=100)
                self.stdout.write(f"making a record, {name}: p50 {cuts[49]:.1f} µs, p99 {cuts[98]:.1f} µs ({count})")
            recorder.writer().close()
        self.stdout.write(f"leaves hashed into the tree: {_hashed(count):,.0f} a second")
        self.stdout.write("Nothing of it is in the log. How fast the database takes records in: bench/ingest.py.")


def add_arguments(commands: Any) -> None:
    """How many."""
    parser = commands.add_parser("bench")
    parser.add_argument("records", nargs="?", type=_number, default=3_000, help=f"of each kind, 100 to {MOST}")


def _number(text: str) -> int:
    number = int(text)
    if not 100 <= number <= MOST:
        raise ValueError
    return number


def _made(recorder: Recorder, count: int, pace: float) -> Iterator[float]:
    """Microseconds of each."""
    began = time.perf_counter()
    for n in range(count):
        if (wait := began + n * pace - time.perf_counter()) > 0:
            time.sleep(wait)
        start = time.perf_counter_ns()
        recorder.record("proxy.request.completed", "success", ACTOR, None, None, COLUMNS)
        yield (time.perf_counter_ns() - start) / 1000


def _hashed(count: int) -> float:
    """A second."""
    raw = bytes(LEAF_BYTES)
    began = time.perf_counter()
    Frontier().extend(leaf_hash(raw) for _ in range(count))
    return count / (time.perf_counter() - began)
