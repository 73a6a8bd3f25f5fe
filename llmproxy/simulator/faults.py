"""What a caller asks the simulator to do wrong, or slowly: options behind `+` in the model's name or in metadata."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from llmproxy.simulator.refusal import Refused

MOST_SECONDS = 600.0
MOST_TOKENS = 100_000
MOST_RATE = 10_000.0
METADATA_KEY = "simulator"
METADATA_PREFIX = "simulate_"
DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|)").fullmatch
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "": 1.0}


@dataclass(frozen=True, slots=True)
class Plan:
    """How to answer. Times in seconds, `rate` in tokens a second, `cutoff` and `reset` in chunks."""

    latency: float = 0.0
    rate: float = 0.0
    error: int = 0
    status: int = 0
    retry_after: int | None = None
    cutoff: int | None = None
    reset: int | None = None
    silent: float = 0.0
    tokens: int | None = None
    chunk: int = 1
    malformed: bool = False
    hang: bool = False
    echo: bool = False


def plan_for(options: str, preset: Plan, param: str) -> Plan:
    """`preset` changed by options such as "latency=200ms+rate=50". Raises Refused, which names the option."""
    changes: dict[str, Any] = {}
    for option in filter(None, options.split("+")):
        name, _, value = option.partition("=")
        read = READERS.get(name)
        if read is None:
            raise _nonsense(option, f"Known are {', '.join(READERS)}", param)
        try:
            changes[name] = read(value)
        except ValueError as error:
            raise _nonsense(option, str(error), param) from error
    return replace(preset, **changes)


def options_in(metadata: object) -> str:
    """The options in a request's `metadata`: all in "simulator", or each in its own "simulate_<option>"."""
    if not isinstance(metadata, Mapping):
        return ""
    value = metadata.get(METADATA_KEY)
    if value is not None and not isinstance(value, str):
        raise _nonsense(str(value)[:40], "Expected a string", f"metadata.{METADATA_KEY}")
    single = [_option(key, held) for key, held in metadata.items() if key.startswith(METADATA_PREFIX)]
    return "+".join([value or "", *single])


def _option(key: str, value: object) -> str:
    """OpenAI's metadata holds strings only; numbers and booleans are taken as well."""
    name = key.removeprefix(METADATA_PREFIX) or key
    if value is True or value in ("true", ""):
        return name
    if isinstance(value, bool) or not isinstance(value, str | int | float) or "+" in str(value):
        raise _nonsense(f"{key}={value}", "Expected one value, or true", f"metadata.{key[:40]}")
    return f"{name}={value}"


def _nonsense(option: str, why: str, param: str) -> Refused:
    message = f"Invalid simulator option '{option[:60]}'. {why}."
    return Refused(message, param=param, code="invalid_simulator_option")


def _seconds(default: float | None = None) -> Callable[[str], float]:
    def read(value: str) -> float:
        if not value and default is not None:
            return default
        match = DURATION(value)
        seconds = float(match[1]) * UNITS[match[2]] if match else -1.0
        if not 0 <= seconds <= MOST_SECONDS:
            raise ValueError(f"Expected a time such as 200ms or 3s, at most {MOST_SECONDS:.0f}s")
        return seconds

    return read


def _whole(low: int, high: int, default: int | None = None) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not value and default is not None:
            return default
        plain = value.isascii() and value.isdigit() and len(value) <= 9
        if not plain or not low <= int(value) <= high:
            raise ValueError(f"Expected a whole number from {low} to {high}")
        return int(value)

    return read


def _rate(value: str) -> float:
    match = DURATION(value)
    if match is None or match[2] or not 0 < float(match[1]) <= MOST_RATE:
        raise ValueError(f"Expected tokens a second, above 0 and at most {MOST_RATE:.0f}")
    return float(match[1])


def _switch(value: str) -> bool:
    if value:
        raise ValueError("It takes no value")
    return True


READERS: Mapping[str, Callable[[str], Any]] = {
    "latency": _seconds(),
    "rate": _rate,
    "tokens": _whole(1, MOST_TOKENS),
    "chunk": _whole(1, MOST_TOKENS),
    "error": _whole(400, 599),
    "status": _whole(400, 599),
    "retry_after": _whole(0, 86_400),
    "cutoff": _whole(0, MOST_TOKENS),
    "reset": _whole(0, MOST_TOKENS, default=3),
    "silent": _seconds(default=30.0),
    "malformed": _switch,
    "hang": _switch,
    "echo": _switch,
}
