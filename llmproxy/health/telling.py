"""How circuits, load and probes are written in the shared store: small hashes of JSON, gone when they are old."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from llmproxy.routing.health.board import Told

CIRCUITS, WORKERS, PROBES = "gatehouse:circuits", "gatehouse:workers", "gatehouse:probes"
# What closed is told for a while, so that every process hears of it; what is open is kept until it closes.
TOLD_SECONDS = 600.0
# A process that has not spoken for so long is gone, and so is its load.
SILENT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Worker:
    """One process: when it last spoke (Unix seconds), its running calls and its latencies in seconds, by deployment."""

    at: float
    running: Mapping[str, int]
    seconds: Mapping[str, float]

    def bytes(self) -> bytes:
        """As it is stored."""
        return orjson.dumps([self.at, dict(self.running), dict(self.seconds)])


def told_bytes(told: Told) -> bytes:
    """As it is stored."""
    return orjson.dumps(list(told[1:]))


def told_in(stored: Mapping[bytes, bytes]) -> list[Told]:
    """Circuits as stored; what cannot be read is left out."""
    found = ((key.decode("utf-8", "replace"), _parsed(value)) for key, value in stored.items())
    return [
        Told(key, float(value[0]), int(value[1]), str(value[2]), float(value[3]))
        for key, value in found
        if _is(value, (int | float), int, str, (int | float))
    ]


def workers_in(stored: Mapping[bytes, bytes], now: float) -> dict[str, Worker]:
    """The processes that spoke lately, by name."""
    found: dict[str, Worker] = {}
    for name, raw in stored.items():
        value = _parsed(raw)
        if _is(value, (int | float), dict, dict) and now - value[0] <= SILENT_SECONDS:
            found[name.decode("utf-8", "replace")] = Worker(*value)
    return found


def outdated(told: Told, now: float) -> bool:
    """Closed, and everybody has heard of it."""
    return not told.until and now - told.changed_at > TOLD_SECONDS


def _parsed(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _is(value: Any, *kinds: Any) -> bool:
    if not isinstance(value, list) or len(value) != len(kinds):
        return False
    return all(isinstance(item, kind) for item, kind in zip(value, kinds, strict=True))
