"""What the kernel says about processes: processor time, memory, and which core they run on (Linux, proc(5))."""

import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

GATEWAY_CORE = 0
LOAD_CORE = 1
TICKS = os.sysconf("SC_CLK_TCK")


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0))


def description() -> str:
    """Processor, cores, kernel and Python, in one line."""
    names = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    model = names[0] if names else platform.machine()
    return f"{model}, {cores()} cores, {platform.system()} {platform.release()}, CPython {platform.python_version()}"


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def descendants(root: int) -> list[int]:
    """`root` and every process below it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = [root]
    for pid in found:
        found.extend(parents.get(pid, []))
    return found


def command(pid: int) -> str:
    """The command line of a process; empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of the processes so far."""
    return sum(int(stat[11]) + int(stat[12]) for stat in map(_stat, pids)) / TICKS


def rss_mb(pids: Iterable[int]) -> float:
    """Resident memory of the processes, MB (10^6 bytes); a page that several share counts once (proportional, Pss)."""
    return sum(_proportional_kb(pid) for pid in pids) * 1024 / 1e6


def _proportional_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def pin(pids: Iterable[int], core: int) -> None:
    """Every thread of the processes on one core; nothing to do on a machine with a single one."""
    wanted = {core} if core in os.sched_getaffinity(0) else os.sched_getaffinity(0)
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), wanted)


def wait_for(port: int, seconds: float) -> None:
    """Until something listens on the port.

    Raises:
        TimeoutError: nothing did in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port} after {seconds:.0f} s")


def stop(process: "subprocess.Popen[bytes]", seconds: float = 20) -> None:
    """SIGTERM, and SIGKILL to the whole group where that did not help."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
