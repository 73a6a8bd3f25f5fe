"""What audit.log.record() of a data-plane event costs: paced at 1,000 a second, and in a tight loop.

Run: PYTHONPATH=.:platform DJANGO_SETTINGS_MODULE=config.settings GATEHOUSE_DATA=$(mktemp -d) python bench/emit.py
"""

import time
from statistics import quantiles

import django

django.setup()

from audit.apps import AuditConfig  # noqa: E402 (only after setup)
from audit.context import Actor  # noqa: E402
from audit.log import record  # noqa: E402

ACTOR = Actor("api_key", "key:01938c5e-0000-7000-8000-000000000000", "bench")
COLUMNS = {
    "organisation_id": "01938c5e-0000-7000-8000-000000000001", "request_id": "req_0123456789abcdef",
    "key_prefix": "gh_abcdef", "src_ip": "192.0.2.1", "http_method": "POST", "http_path": "/v1/chat/completions",
    "http_status": 200, "provider": "simulator", "model_requested": "demo", "model_served": "demo", "tokens_in": 812,
    "tokens_out": 120, "cost_nano": 1_250_000, "ttft_us": 182_000, "duration_us": 2_150_000,
}  # fmt: skip


def timed(count: int, interval: float) -> list[float]:
    """Microseconds of each of `count` calls, begun `interval` seconds apart (0: at once)."""
    begin, costs = time.perf_counter(), []
    for n in range(count):
        if (wait := begin + n * interval - time.perf_counter()) > 0:
            time.sleep(wait)
        start = time.perf_counter_ns()
        record("proxy.request.completed", actor=ACTOR, **COLUMNS)
        costs.append((time.perf_counter_ns() - start) / 1000)
    return costs


def report(name: str, costs: list[float]) -> None:
    """One line."""
    cuts = quantiles(costs, n=1000)
    print(f"{name}: p50 {cuts[499]:.1f} p99 {cuts[989]:.1f} p99.9 {cuts[998]:.1f} max {max(costs):.0f} µs")


if __name__ == "__main__":
    shipper = AuditConfig.current().shipper
    shipper.start()  # as in a web process: it syncs every 50 ms and rotates every second
    timed(500, 0)
    report("tight loop, 20,000 records", timed(20_000, 0))
    report("paced 1,000/s, 6,000 records", timed(6_000, 0.001))
    shipper.stop()
