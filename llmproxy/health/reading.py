"""The same for people: how everything that is called fares, as the processes told it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.conf import settings
from redis.exceptions import RedisError

from accounts.wake_up import client
from llmproxy.health.telling import CIRCUITS, PROBES, WORKERS, Worker, told_bytes, told_in, workers_in
from llmproxy.routing.health.board import Told


@dataclass(frozen=True, slots=True)
class Overview:
    """What is known now. `problem` says why nothing is, where the store is away."""

    circuits: Mapping[str, Told] = field(default_factory=dict)
    workers: Mapping[str, Worker] = field(default_factory=dict)
    probes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problem: str = ""

    def running(self, deployment: str) -> int:
        """Calls under way in all processes."""
        return sum(worker.running.get(deployment, 0) for worker in self.workers.values())

    def seconds(self, deployment: str) -> float | None:
        """The highest latency that a process measures; None where none does."""
        found = [worker.seconds[deployment] for worker in self.workers.values() if deployment in worker.seconds]
        return max(found, default=None)


def overview() -> Overview:
    """Read it; never raises."""
    try:
        store: Any = client(settings.REDIS_URL)
        circuits, workers, probes = (store.hgetall(name) for name in (CIRCUITS, WORKERS, PROBES))
    except (RedisError, OSError):
        return Overview(problem="The shared store is away: each process goes by what it knows itself.")
    now = time.time()
    open_ones = {told.key: told for told in told_in(circuits) if told.until}
    return Overview(
        open_ones, workers_in(workers, now), {key.decode(): orjson.loads(raw) for key, raw in probes.items()}
    )


def tell(told: Told) -> None:
    """Tell every process of a circuit; they hear it within a second. Raises RedisError, OSError."""
    store: Any = client(settings.REDIS_URL)
    store.hset(CIRCUITS, told.key, told_bytes(told).decode())


def note_probe(deployment: str, result: Mapping[str, Any]) -> None:
    """Keep the last result of a probe. Raises RedisError, OSError."""
    store: Any = client(settings.REDIS_URL)
    store.hset(PROBES, deployment, orjson.dumps(dict(result)).decode())
