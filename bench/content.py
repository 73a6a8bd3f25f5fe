"""What the content policy costs a call: the decision at each level, keeping bodies of several sizes, sealing them.

Run: PYTHONPATH=.:platform DJANGO_SETTINGS_MODULE=config.settings GATEHOUSE_DATA=$(mktemp -d) python bench/content.py
"""

import random
import shutil
import time
from collections.abc import Callable
from statistics import quantiles
from typing import Any

import django

django.setup()

import orjson  # noqa: E402 (only after setup)
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from uuid_utils.compat import uuid7  # noqa: E402

from audit.apps import AuditConfig  # noqa: E402
from audit.content.keeper import PolicyKeeper  # noqa: E402
from audit.ingest.contents import ContentIngestor, copies  # noqa: E402
from audit.tree.policy_rules import Version, parsed_rules  # noqa: E402

CALL = ("01938c5e-0000-7000-8000-000000000001", "", "gth_live_abcdefgh", "demo")
COLUMNS = {"request_id": "r", "organisation_id": CALL[0], "actor": {"type": "api_key", "id": "key:1", "name": "bench"}}
ABOUT: dict[str, Any] = {"columns": COLUMNS, "kind": "request", "subject": "key:1", "media_type": "application/json"}


def told(name: str, once: Callable[[], object], count: int) -> None:
    """Microseconds of `count` calls."""
    costs = []
    for _ in range(count):
        start = time.perf_counter_ns()
        once()
        costs.append((time.perf_counter_ns() - start) / 1000)
    cuts = quantiles(costs, n=100)
    print(f"{name}: p50 {cuts[49]:.2f} p99 {cuts[98]:.2f} µs")


def body_of(size: int) -> bytes:
    """A chat request of about `size` bytes of words."""
    words = [random.Random(n).choice(("the", "of", "gateway", "audit", "answer", "why")) for n in range(size // 6)]
    return orjson.dumps({"model": "demo", "messages": [{"role": "user", "content": " ".join(words)}]})


def taken_in(number: int, size: int) -> None:
    """How many bodies a second are freed of secrets, sealed twice and named in the log, on the configured database."""
    for alias in connections:
        call_command("migrate", database=alias, verbosity=0)
    shutil.rmtree(settings.AUDIT_CONTENT_SPOOL, ignore_errors=True)
    contents = AuditConfig.current().contents
    contents.__dict__.update(_writer=None, _cipher=None)
    for n in range(number):
        body = body_of(size) + str(n).encode()
        about = {**ABOUT, "columns": {**COLUMNS, "request_id": f"r{n}"}, "size": len(body), "cut": False}
        contents.keep(uuid7(), about, body)
    contents.writer().close()
    start, used = time.perf_counter(), time.process_time()
    added = ContentIngestor(settings.AUDIT_CONTENT_SPOOL, settings.AUDIT_NODE).run(600)
    elapsed, cpu = time.perf_counter() - start, time.process_time() - used
    print(f"taken in: {added / elapsed:,.0f} bodies of {size:,} bytes a second, {added / cpu:,.0f} a CPU second")


if __name__ == "__main__":
    empty, full = PolicyKeeper(), PolicyKeeper()
    rules = parsed_rules([{"level": "request", "team": f"t{n}"} for n in range(100)])
    full.load({CALL[0]: [Version("a/1", 0.0, rules, frozenset(), 1 << 20)]})
    told("decide, no policy", lambda: empty.decide(*CALL), 100_000)
    told("decide, 100 rules", lambda: full.decide(*CALL), 100_000)
    contents = AuditConfig.current().contents
    for size in (1_000, 8_000, 64_000, 256_000, 1_000_000):
        body = body_of(size)
        about = {**ABOUT, "size": len(body), "cut": False}
        told(f"keep {len(body):,} bytes", lambda body=body, about=about: contents.keep(uuid7(), about, body), 400)
        told(
            f"  take secrets and personal data out of {len(body):,}",
            lambda body=body: copies(body, "application/json", "2026-11"), 20,
        )  # fmt: skip
    contents.writer().close()
    taken_in(2_000, 7_000)
