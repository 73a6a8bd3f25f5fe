"""Which processes there are, in the order in which they start; they stop in the opposite order."""

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from config.embedded.valkey import Valkey
from config.metrics import DIRECTORY

SUPERVISED = "GATEHOUSE_SUPERVISED"  # set in the environment of the processes that `up` runs
BACKLOG = 4096
MOST_CONNECTIONS = 20_000
HEADER_SECONDS = 10
# glibc's allocator would learn from the first large body to keep such blocks on its heap, where they leave holes. They
# are mapped then, and go back to the system when they are free. https://man7.org/linux/man-pages/man3/mallopt.3.html
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(1024 * 1024), "MALLOC_TRIM_THRESHOLD_": str(8 * 1024 * 1024)}
BEHIND_WEB = 5  # answering calls goes first, at the start above all


@dataclass(frozen=True, slots=True)
class Process:
    """One process. `grace`: seconds to end by itself; `niceness`: how far it steps back for others."""

    name: str
    command: list[str]
    grace: float = 10.0
    niceness: int = 0
    environment: dict[str, str] = field(default_factory=dict)


def processes(valkey: Valkey | None) -> list[Process]:
    """All of them, first to start first; without `valkey` a configured Redis is used."""
    embedded = [] if valkey is None else [Process("valkey", valkey.command())]
    return [*embedded, _worker(), _beat(), _web()]


def _web() -> Process:
    command = [
        *_module("granian"), "--interface", "asgi", "config.asgi:application",
        "--host", settings.GATEHOUSE_HOST, "--port", str(settings.GATEHOUSE_PORT),
        "--workers", str(settings.GATEHOUSE_WORKERS), "--loop", "uvloop", "--runtime-mode", "st",
        "--no-ws", "--http", "1",
        "--backlog", str(BACKLOG), "--backpressure", str(MOST_CONNECTIONS),
        "--http1-header-read-timeout", str(HEADER_SECONDS * 1000),
        "--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning",
    ]  # fmt: skip
    chosen = {name: os.environ.get(name, value) for name, value in ALLOCATOR.items()}
    return Process("web", command, grace=15.0, environment=chosen)


def _worker() -> Process:
    queues = f"{settings.CELERY_TASK_DEFAULT_QUEUE},audit.{settings.AUDIT_NODE}"
    # One process with threads: a second copy of the interpreter would cost more memory than it gives.
    options = [
        "--queues",
        queues,
        "--pool",
        "threads",
        "--concurrency",
        "2",
        "--loglevel",
        "WARNING",
        "--without-mingle",
    ]
    return Process(
        "worker", niceness=BEHIND_WEB, command=[*_module("celery"), "-q", "-A", "config.celery", "worker", *options]
    )


def _beat() -> Process:
    command = [*_module("celery"), "-q", "-A", "config.celery", "beat", "--loglevel", "WARNING", "--pidfile="]
    return Process("beat", command, niceness=BEHIND_WEB)


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def environment() -> dict[str, str]:
    """What every process needs in its environment besides what is there."""
    roots = [str(settings.BASE_DIR), str(Path(settings.BASE_DIR) / "platform")]
    found = {"PYTHONPATH": ":".join(roots), "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1"}
    found[SUPERVISED] = "1"
    if settings.GATEHOUSE_WORKERS > 1:
        found[DIRECTORY] = str(_fresh_metrics_directory())
    return found


def _fresh_metrics_directory() -> Path:
    """Where several workers add up their metrics; what an earlier run left there would be counted again."""
    directory = Path(settings.GATEHOUSE_DATA) / "metrics"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)
    return directory
