"""Virtual environments of their own for what must work without us; kept between runs, made anew when pins change."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.product import ROOT


def environment(name: str, requirements: Path, *packages: Path) -> Path:
    """The interpreter of an environment with hashed `requirements`, then our own `packages`; skips without."""
    cache = Path(os.environ.get("GATEHOUSE_TEST_CACHE") or ROOT / ".cache")
    home = cache / f"{name}-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]}"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        _installed(python, "--require-hashes", "-r", str(requirements))
        (home / "complete").touch()
    for package in packages:
        _installed(python, "--no-deps", "--no-build-isolation", "--force-reinstall", str(package))
    return python


def _installed(python: Path, *what: str) -> None:
    done = subprocess.run([str(python), "-m", "pip", "install", "-q", *what], capture_output=True, text=True)
    if done.returncode:
        reason = f"{what[-1]} could not be installed: {done.stderr.strip().splitlines()[-1:]}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
