"""RESULTS.md: ratios within the run first, then the figures, then how they came about."""

import shutil
import subprocess
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import machine

OURS = "Gatehouse (JWT)"
PACKAGES = ("django", "djangorestframework", "granian", "uvloop", "celery")
Results = Mapping[str, Mapping[str, Any]]


def markdown(results: Results, notes: list[str], command: str) -> str:
    """The whole file."""
    parts = ["# Benchmark results", _origin(command), "## Ratios within this run", _ratios(results)]
    parts += ["## Requests", _requests(results), "## Streams, 20 chunks/s each", _streams(results)]
    parts += ["## Notes", "\n".join(f"- {note}" for note in [*notes, *_method()])]
    return "\n\n".join(parts) + "\n"


def others(before: str) -> str:
    """What stands behind the notes in the file so far: figures of the other scripts, put there by hand."""
    _, _, behind = before.partition("## Notes\n")
    _, heading, sections = behind.partition("\n## ")
    return heading + sections


def _origin(command: str) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return f"{when} · `{command}`\n\n{machine.description()}\n\n{packages}{_haproxy()}"


def _haproxy() -> str:
    program = shutil.which("haproxy")
    if program is None:
        return ""
    line = subprocess.run([program, "-v"], capture_output=True, text=True).stdout.splitlines()[0]
    return f", HAProxy {line.split()[2]}"


def _ratios(results: Results) -> str:
    ours = results[OURS]
    rows = [
        f"| {OURS} ÷ {name} | {ours['per_second'] / other['per_second']:.2f} | {other['cpu_us'] / ours['cpu_us']:.2f} |"
        for name, other in results.items()
        if name != OURS and other.get("per_second")
    ]
    return "\n".join(["| | by throughput | by CPU time per request |", "|---|---|---|", *rows])


def _requests(results: Results) -> str:
    head = "| | requests/s, one core | CPU µs/request | not 200 | added p50 ms | added p99 ms | idle MB | MB loaded |"
    return "\n".join([head, "|---|---|---|---|---|---|---|---|", *(_request_row(*item) for item in results.items())])


def _request_row(name: str, found: Mapping[str, Any]) -> str:
    keys = (
        ("per_second", ",.0f"),
        ("cpu_us", ".0f"),
        ("refused", "d"),
        ("added_p50_ms", ".2f"),
        ("added_p99_ms", ".2f"),
    )
    cells = [_cell(found, key, style) for key, style in (*keys, ("idle_mb", ".0f"), ("rss_mb", ".0f"))]
    return f"| {name} | {' | '.join(cells)} |"


def _streams(results: Results) -> str:
    head = "| | streams | complete | lost | chunks/s | first chunk p50 / p99 ms | delay p50 / p99 ms | CPU | peak MB |"
    rows = [
        _stream_row(name, count, one)
        for name, found in results.items()
        for count, one in found.get("streams", {}).items()
    ]
    return "\n".join([head, "|---|---|---|---|---|---|---|---|---|", *rows])


def _stream_row(name: str, count: int, one: Mapping[str, Any]) -> str:
    first = f"{one['first_p50_ms']:.1f} / {one['first_p99_ms']:.1f}"
    delay = f"{one['delay_p50_ms']:.1f} / {one['delay_p99_ms']:.1f}"
    counts = f"{count:,} | {one['complete']:,} | {one['lost_chunks']} | {one['chunks_per_second']:,.0f}"
    return f"| {name} | {counts} | {first} | {delay} | {one['cpu_share']:.0%} | {one['rss_mb']:.0f} |"


def _cell(found: Mapping[str, Any], key: str, style: str) -> str:
    return format(found[key], style) if key in found else "–"


def _method() -> list[str]:
    return [
        "Gateway pinned to core 0; the fake upstream (bench/upstream.c) and the load generator share core 1. wrk, 64 "
        "connections, body of about 430 bytes, answer of 922 bytes; rounds alternate, the median round is shown.",
        "Gatehouse runs with authentication, permission checks and audit on: every request leaves two records in the "
        "spool. The Celery worker is paused under load (it would take the load generator's core); it ingests later.",
        "HAProxy verifies the same ES256 token anew on every request; Gatehouse keeps verified tokens in memory and "
        "re-checks revocation on every request. Portkey checks no credential.",
        "Added latency: the upstream alone and through the gateway asked in turn, 50 times a second each, over kept "
        "connections; percentile of one minus percentile of the other.",
        "Streams are opened over two seconds. First chunk: from sending the request to its arrival (the upstream "
        "writes it at once). Delay: from the upstream's write to the arrival. Lost: a chunk that never arrived.",
    ]
