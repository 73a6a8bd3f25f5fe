"""Environments of their own for what must work without us; kept between runs, made anew when pins change."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.product import ROOT


def environment(name: str, requirements: Path, *packages: Path) -> Path:
    """The interpreter of an environment with hashed `requirements`, then our own `packages`; skips without."""
    home = _home(name, requirements)
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        _installed(python, "--require-hashes", "-r", str(requirements))
        (home / "complete").touch()
    for package in packages:
        _installed(python, "--no-deps", "--no-build-isolation", "--force-reinstall", str(package))
    return python


def node_modules(name: str, package: Path) -> Path:
    """A folder with Node packages as the lock file in `package` says; scripts have to lie in it. Skips without."""
    home = _home(name, package / "package-lock.json")
    if not (home / "complete").exists():
        if shutil.which("npm") is None:
            _missing("Node.js is not installed")
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for each in ("package.json", "package-lock.json"):
            shutil.copy(package / each, home)
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], name, home)
        (home / "complete").touch()
    return home


def _home(name: str, pins: Path) -> Path:
    cache = Path(os.environ.get("GATEHOUSE_TEST_CACHE") or ROOT / ".cache")
    return cache / f"{name}-{hashlib.sha256(pins.read_bytes()).hexdigest()[:12]}"


def _installed(python: Path, *what: str) -> None:
    _run([str(python), "-m", "pip", "install", "-q", *what], what[-1])


def _run(command: list[str], what: str, folder: Path | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        _missing(f"{what} could not be installed: {done.stderr.strip().splitlines()[-1:]}")


def _missing(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
