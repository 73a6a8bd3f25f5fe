"""The benchmark: `make bench`, or `python bench/run.py [--quick] [--only-gateway]`. Writes bench/RESULTS.md.

Gateway (web process) on core 0; upstream and load on core 1. The yardsticks run in the same way, in the same run,
because only ratios within one run mean anything on a shared machine.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gateway
import load
import machine
import report
import yardsticks
from load import Target, Tools

HERE = Path(__file__).resolve().parent
RATE = 20.0


class Plan:
    """How long each part takes.

    Args:
        quick: under a minute in all, for a look; the figures are noisier.
    """

    def __init__(self, quick: bool, only_gateway: bool) -> None:
        self.rounds = 1 if quick else 3
        self.seconds = 3 if quick else 5
        self.probe_seconds = 3.0 if quick else 8.0
        self.chunks = 60 if quick else 200
        self.stream_counts = (1000,) if quick else (1000, 2000)
        self.slow_yardsticks = not quick and not only_gateway
        self.haproxy = not only_gateway


class Bench:
    """One run: what is measured, and the figures so far."""

    def __init__(self, plan: Plan, cache: Path) -> None:
        self.plan = plan
        self.cache = cache
        self.tools: Tools = load.compiled(cache)
        self.results: dict[str, dict[str, Any]] = {}
        self.notes: list[str] = []

    def say(self, text: str) -> None:
        """Progress, at once."""
        print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)

    def throughput(self, targets: list[Target], warm_up: int = 2) -> None:
        """Saturate each in turn, several rounds after `warm_up` seconds, keep the round of the median."""
        runs: dict[str, list[dict[str, Any]]] = {target.name: [] for target in targets}
        for target in targets:
            load.throughput(target, warm_up)
        for _ in range(self.plan.rounds):
            for target in targets:
                runs[target.name].append(load.throughput(target, self.plan.seconds))
        for name, results in runs.items():
            middle = statistics.median_low(result["per_second"] for result in results)
            chosen = next(result for result in results if result["per_second"] == middle)
            self.results.setdefault(name, {}).update(chosen)
            self.say(
                f"{name}: {chosen['per_second']:,.0f} requests/s, {chosen['cpu_us']:.0f} us each, "
                f"{chosen['refused']} not 200"
            )

    def latency(self, direct: Target, target: Target) -> None:
        """Added milliseconds at 50 requests/s."""
        found = load.added_latency(direct, target, self.plan.probe_seconds)
        self.results.setdefault(target.name, {}).update(found)
        self.say(f"{target.name}: adds p50 {found['added_p50_ms']:.2f} ms, p99 {found['added_p99_ms']:.2f} ms")

    def streams(self, target: Target) -> None:
        """Concurrent streams, each chunk checked."""
        for count in self.plan.stream_counts:
            found = load.streams(self.tools, target, count, self.plan.chunks, RATE)
            self.results.setdefault(target.name, {}).setdefault("streams", {})[count] = found
            self.say(
                f"{target.name}: {count} streams, {found['lost_chunks']} chunks lost, "
                f"first chunk p99 {found['first_p99_ms']:.0f} ms, "
                f"chunk delay p99 {found['delay_p99_ms']:.0f} ms, {found['rss_mb']:.0f} MB"
            )


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


def measure(bench: Bench) -> None:
    """Everything, in order."""
    process, direct = load.start_upstream(bench.tools, bench.plan.chunks, RATE)
    try:
        with _scratch() as scratch:
            token, pem = _measure_gateway(bench, direct, scratch)
        _slow_yardsticks(bench, direct)
    finally:
        machine.stop(process, 5)
    bench.notes.extend(_emit_cost())


def _measure_gateway(bench: Bench, direct: Target, scratch: Path) -> tuple[str, bytes]:
    with gateway.running(scratch / "data", direct.port, bench.cache / "gatehouse.log") as product:
        bench.say(f"Gatehouse is up after {product.start_seconds:.1f} s (first start, empty data directory)")
        product.add_provider(direct.port)
        token, pem = product.token(), yardsticks.public_key_pem(product.base_url)
        by_jwt = product.target("Gatehouse (JWT)", token)
        by_key = product.target("Gatehouse (API key)", product.first_run["api_key"])
        bench.results["Gatehouse (JWT)"] = {"idle_mb": machine.rss_mb(product.web)}
        with product.ingestion_paused():
            _beside_haproxy(bench, direct, [by_jwt, by_key], token, pem)
            bench.latency(direct, by_jwt)
            bench.streams(by_jwt)
        bench.notes.append(_ingested(bench, product))
        return token, pem


def _beside_haproxy(bench: Bench, direct: Target, ours: list[Target], token: str, pem: bytes) -> None:
    """Alternating rounds: the machine's mood hits both."""
    if not bench.plan.haproxy:
        bench.throughput(ours)
        return
    try:
        with yardsticks.haproxy(direct.port, token, pem, bench.cache) as target:
            bench.throughput([*ours, target])
            bench.latency(direct, target)
            bench.streams(target)
    except yardsticks.NotInstalled as reason:
        _skipped(bench, "HAProxy", reason)
        bench.throughput(ours)


def _slow_yardsticks(bench: Bench, direct: Target) -> None:
    if not bench.plan.slow_yardsticks:
        return
    starters: dict[str, Callable[[], Any]] = {
        "Portkey": lambda: yardsticks.portkey(direct.port, bench.cache),
        "LiteLLM": lambda: yardsticks.litellm(direct.port, bench.cache),
    }
    for name, start in starters.items():
        bench.say(f"{name} (installed on the first run, which takes a while)")
        try:
            with start() as target:
                bench.throughput([target], warm_up=10)  # Node and Python both need it
                bench.latency(direct, target)
        except (yardsticks.NotInstalled, RuntimeError, OSError, subprocess.CalledProcessError) as reason:
            _skipped(bench, name, reason)


def _skipped(bench: Bench, name: str, reason: Exception) -> None:
    bench.notes.append(f"{name} was not measured: {reason}")
    bench.say(bench.notes[-1])


def _ingested(bench: Bench, product: gateway.Product) -> str:
    """What the load left in the spool is ingested, timed from the moment the worker goes on, and the log verified."""
    began = time.monotonic()
    done = product.manage("audit", "ingest", "--once")
    seconds = time.monotonic() - began
    time.sleep(6)  # the worker's own run ends
    verified = product.manage("audit", "verify")
    note = (
        f"All records left by the load were ingested within {seconds:.1f} s of the worker going on (exit "
        f"{done.returncode}); `audit verify` exit {verified.returncode}: {' '.join(verified.stdout.split())[:300]}"
    )
    bench.say(note)
    return note


def _emit_cost() -> list[str]:
    script = HERE / "emit.py"
    if not script.exists():
        return []
    with _scratch() as scratch:
        environment = {
            **os.environ,
            "PYTHONPATH": f"{gateway.ROOT / 'platform'}{os.pathsep}{gateway.ROOT}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "GATEHOUSE_DATA": str(scratch),
        }
        done = subprocess.run(
            [sys.executable, str(script)], capture_output=True, text=True, cwd=gateway.ROOT, env=environment
        )
    return [
        f"Audit emit: {line}" for line in (done.stdout if done.returncode == 0 else done.stderr[-300:]).splitlines()
    ]


def main() -> int:
    """Run and write the results."""
    parser = argparse.ArgumentParser(
        description="Throughput, latency, streams and memory of the gateway beside yardsticks."
    )
    parser.add_argument("--quick", action="store_true", help="under a minute: one short round, no LiteLLM, no Portkey")
    parser.add_argument("--only-gateway", action="store_true", help="no yardsticks at all")
    options = parser.parse_args()
    cache = Path(os.environ.get("GATEHOUSE_BENCH_CACHE") or Path(tempfile.gettempdir()) / "gatehouse-bench-cache")
    cache.mkdir(parents=True, exist_ok=True)
    bench = Bench(Plan(options.quick, options.only_gateway), cache)
    try:
        measure(bench)
    except gateway.StartFailed as error:
        print(error, file=sys.stderr)
        return 1
    text = report.markdown(bench.results, bench.notes, " ".join(["python", "bench/run.py", *sys.argv[1:]]))
    (HERE / "RESULTS.md").write_text(text + report.others((HERE / "RESULTS.md").read_text()))
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
