"""Records at a steady rate with the ingester beside, both on one core: what recording costs, what taking in costs, and
how far the log is behind (T13).

Run: python bench/steady.py [seconds] [records a second]. A new SQLite file, or what DATABASE_URL says.
"""

import os
import sys
import tempfile
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("GATEHOUSE_DATA", tempfile.mkdtemp(prefix="gatehouse-bench-"))

import django  # noqa: E402 (the environment has to be there first)

django.setup()

from django.conf import settings  # noqa: E402 (only after setup)
from django.core.management import call_command  # noqa: E402

from audit import lag, shipper  # noqa: E402
from audit.apps import AuditConfig  # noqa: E402
from audit.context import Actor  # noqa: E402
from audit.ingest.ingestor import Ingestor  # noqa: E402
from audit.log import record  # noqa: E402

ACTOR = Actor("api_key", "key:01938c5e-0000-7000-8000-000000000000", "bench")
ABOUT = {
    "organisation_id": "01938c5e-0000-7000-8000-000000000001", "key_prefix": "gh_abcdef", "src_ip": "192.0.2.1",
    "http_method": "POST", "http_path": "/v1/chat/completions", "http_status": 200, "provider": "simulator",
    "model_requested": "demo", "model_served": "demo", "tokens_in": 812, "tokens_out": 120, "cost_nano": 1_250_000,
    "duration_us": 2_150_000,
}  # fmt: skip
HINT_SECONDS = 0.2  # as the shipper's


def taking_in(pipe: Connection) -> None:
    """The worker's part, until told to stop: seconds of processor, ages of the oldest record, records taken in."""
    began, ages, added = time.process_time(), [], 0
    while not pipe.poll(HINT_SECONDS):
        ages.append(lag.seconds())
        added += Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    spent = time.process_time() - began
    pipe.recv()
    added += Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run(max_seconds=600)
    pipe.send((spent, ages, added))


def recording(seconds: int, rate: int) -> list[float]:
    """Microseconds that each record took, at its time or as soon after it as could be."""
    found, began = [], time.perf_counter()
    for n in range(seconds * rate):
        wait = began + n / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        before = time.perf_counter()
        record("proxy.request.completed", actor=ACTOR, request_id=f"req_{n}", **ABOUT)
        found.append((time.perf_counter() - before) * 1e6)
    return found


def at(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main(seconds: int, rate: int) -> int:
    """Measure; 1 if a record is missing."""
    for alias in settings.DATABASES:
        call_command("migrate", "audit", database=alias, verbosity=0)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    shipper.ingest.apply_async = lambda **_: None  # no broker: the other process looks as often as it would be told
    here, there = get_context("fork").Pipe()
    worker = get_context("fork").Process(target=taking_in, args=(there,))
    worker.start()
    AuditConfig.current().shipper.start()
    micros = recording(seconds, rate)
    AuditConfig.current().shipper.stop()
    here.send("stop")
    spent, ages, added = here.recv()
    worker.join()
    print(f"recording: p50 {at(micros, 0.5):.1f} p99 {at(micros, 0.99):.1f} p99.9 {at(micros, 0.999):.1f} µs")
    print(f"taking in: {spent / seconds * 100:.1f} % of the core")
    print(f"behind by: p50 {at(ages, 0.5):.2f} p99 {at(ages, 0.99):.2f} s")
    print(f"taken in: {added:,} records, {len(micros):,} of them these, the others the writer's own")
    return 0 if added >= len(micros) + 2 else 1  # it opened and closed


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(*given, *(60, 1000)[len(given) :]))
