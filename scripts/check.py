"""Everything that must hold before a change lands: `make test`. Independent parts run side by side.

With CI=true a part whose service is missing has failed; elsewhere it is reported as not run.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
DEBIAN_CHROMIUM = "chromium"


@dataclass(frozen=True)
class Part:
    """One check."""

    name: str
    command: list[str]


STATIC = (
    Part("ruff", [str(BIN / "ruff"), "check", "."]),
    Part("format", [str(BIN / "ruff"), "format", "--check", "."]),
    Part("size budget", [sys.executable, "scripts/size_budget.py"]),
    Part("imports", [str(BIN / "lint-imports"), "--no-cache"]),
    Part("django check", [sys.executable, "manage.py", "check"]),
    Part("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
    Part("types", [str(BIN / "mypy"), "accounts", "audit", "llmproxy", "platform/config", "manage.py", "scripts"]),
)
UNIT = [
    str(BIN / "pytest"), "-n", "2", "-q", "-p", "no:cacheprovider", "-m",
    "not processes and not browser and not services",
]  # fmt: skip
# A file stays with one of the two, so that the installation that its tests share is started once.
WHOLE = [
    str(BIN / "pytest"), "-n", "2", "--dist", "loadfile", "-q", "-p", "no:cacheprovider", "--durations", "25", "-m",
    "processes or browser or services",
]  # fmt: skip


def main() -> int:
    """Run what was asked for; the number of failures decides the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--static", action="store_true", help="only the static checks")
    only_static = parser.parse_args().static
    environment = _environment()
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda part: _run(part, environment), STATIC))
    if not only_static:
        _install_browser()
        results.append(_run(Part("tests", UNIT), environment, loud=True))
        results.append(_run(Part("tests of the whole", WHOLE), environment, loud=True))
    failed = [name for name, passed in results if not passed]
    print(f"\nfailed: {', '.join(failed) if failed else 'nothing'}")
    print(f"parts: {len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def _run(part: Part, environment: dict[str, str], *, loud: bool = False) -> tuple[str, bool]:
    started = time.monotonic()
    if loud:
        print(f"\n== {part.name}: {' '.join(part.command[1:])}", flush=True)
    done = subprocess.run(part.command, cwd=ROOT, env=environment, capture_output=not loud, text=True, check=False)  # noqa: S603
    passed = done.returncode == 0
    print(f"{'ok    ' if passed else 'FAILED'} {part.name} ({time.monotonic() - started:.0f} s)", flush=True)
    if not passed and not loud:
        print(done.stdout[-20_000:], done.stderr[-5_000:], sep="\n", flush=True)
    return part.name, passed


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_") or "TEST" in name}
    return {**kept, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", "GATEHOUSE_DATA": str(ROOT / "var" / "check")}


def _install_browser() -> None:
    """Debian's Chromium where we may install it; elsewhere the tests say that they were not run."""
    if shutil.which("chromium") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Installing Chromium for the browser tests", flush=True)
    quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
    apt = shutil.which("apt-get") or "apt-get"
    subprocess.run([apt, "update", "-qq"], **quiet)  # type: ignore[call-overload]  # noqa: S603
    subprocess.run([apt, "install", "-y", "-qq", DEBIAN_CHROMIUM], **quiet)  # type: ignore[call-overload]  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
