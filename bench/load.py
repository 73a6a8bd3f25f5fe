"""Load: the fake upstream, wrk for throughput, the stream generator, and a probe of latency. All on the load core."""

import json
import os
import socket
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import machine

HERE = Path(__file__).parent
CONNECTIONS = 64
PROBES_PER_SECOND = 50


@dataclass
class Target:
    """Something that answers chat completions.

    Attributes:
        pids: the processes whose time and memory count.
    """

    name: str
    port: int
    headers: list[str]
    model: str = "bench"
    path: str = "/v1/chat/completions"
    pids: list[int] = field(default_factory=list)


@dataclass
class Tools:
    """The compiled programs."""

    upstream: Path
    streams: Path


def compiled(cache: Path) -> Tools:
    """Compile the C programs. Raises CalledProcessError where they do not compile."""
    for name in ("upstream", "streams"):
        subprocess.run(["gcc", "-O2", "-o", str(cache / name), str(HERE / f"{name}.c")], check=True)  # noqa: S607
    return Tools(cache / "upstream", cache / "streams")


def start_upstream(tools: Tools, chunks: int, rate: float) -> tuple["subprocess.Popen[bytes]", Target]:
    """The fake provider on a free port, and itself as a target."""
    port = machine.free_port()
    process = subprocess.Popen([str(tools.upstream), str(port), str(chunks), str(rate)], start_new_session=True)
    machine.wait_for(port, 5)
    machine.pin([process.pid], machine.LOAD_CORE)
    return process, Target("upstream", port, ["Authorization: Bearer none"], pids=[process.pid])


def throughput(target: Target, seconds: int) -> dict[str, Any]:
    """Requests per second at saturation, and processor time per request of the target's processes."""
    before = machine.cpu_seconds(target.pids)
    url = f"http://127.0.0.1:{target.port}{target.path}"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(HERE / "post.lua"), url]
    environment = {**os.environ, "BENCH_HEADERS": "\n".join(target.headers), "BENCH_MODEL": target.model}
    done = subprocess.run(_on_load_core(command), check=True, capture_output=True, text=True, env=environment)
    result: dict[str, Any] = json.loads(done.stdout.split("JSON ", 1)[1].splitlines()[0])
    used = machine.cpu_seconds(target.pids) - before
    result["per_second"] = result["requests"] / result["seconds"]
    result["cpu_us"] = used * 1e6 / max(result["requests"], 1)
    result["rss_mb"] = machine.rss_mb(target.pids)
    return result


def streams(tools: Tools, target: Target, count: int, chunks: int, rate: float) -> dict[str, Any]:
    """Many streams at once, opened over two seconds; every chunk is checked."""
    deadline = 2 + chunks / rate + 20
    header = target.headers[0] if len(target.headers) == 1 else "\r\n".join(target.headers)
    command = [str(tools.streams), str(target.port), target.path, header, target.model, str(count), str(chunks), "2000"]
    before, began = machine.cpu_seconds(target.pids), time.monotonic()
    process = subprocess.Popen(_on_load_core([*command, str(deadline)]), stdout=subprocess.PIPE, text=True)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, machine.rss_mb(target.pids))
        time.sleep(0.2)
    result: dict[str, Any] = json.loads(process.stdout.read() if process.stdout else "{}")
    result["rss_mb"] = peak
    result["cpu_share"] = (machine.cpu_seconds(target.pids) - before) / (time.monotonic() - began)
    return result


def added_latency(direct: Target, via: Target, seconds: float) -> dict[str, float]:
    """Milliseconds that the gateway adds at 50 requests/s: both are asked in turn over one kept connection each."""
    samples: dict[str, list[float]] = {direct.name: [], via.name: []}
    with _connected(direct) as straight, _connected(via) as around:
        next_at = time.perf_counter()
        while len(samples[via.name]) < seconds * PROBES_PER_SECOND:
            next_at += 1 / PROBES_PER_SECOND
            time.sleep(max(0.0, next_at - time.perf_counter()))
            samples[direct.name].append(_timed(straight, direct))
            samples[via.name].append(_timed(around, via))
    return {
        f"added_{name}_ms": _at(samples[via.name], share) - _at(samples[direct.name], share)
        for name, share in (("p50", 0.5), ("p99", 0.99))
    }


def _at(samples: list[float], share: float) -> float:
    cuts = statistics.quantiles(samples, n=100, method="inclusive")
    return cuts[int(share * 100) - 1] * 1000


def _connected(target: Target) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", target.port), timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _timed(connection: socket.socket, target: Target) -> float:
    body = json.dumps({"model": target.model, "messages": [{"role": "user", "content": "word " * 70}]}).encode()
    lines = [f"POST {target.path} HTTP/1.1", f"Host: 127.0.0.1:{target.port}", *target.headers]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    began = time.perf_counter()
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    status = _read_answer(connection)
    if status != 200:
        raise RuntimeError(f"{target.name} answered {status}")
    return time.perf_counter() - began


def _read_answer(connection: socket.socket) -> int:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), None)
    while len(rest) < length if length is not None else not rest.endswith(b"0\r\n\r\n"):
        rest += _some(connection)
    return int(head.split(b" ", 2)[1])


def _some(connection: socket.socket) -> bytes:
    if not (data := connection.recv(65536)):
        raise ConnectionError("the connection ended inside an answer")
    return data


def _on_load_core(command: list[str]) -> list[str]:
    return ["taskset", "-c", str(min(machine.LOAD_CORE, machine.cores() - 1)), *command]
