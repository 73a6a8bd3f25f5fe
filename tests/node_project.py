"""Programs in Node, by the hashes of their lock file: other people's code that ours is tried against."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

OPTIONS = ["--no-audit", "--no-fund", "--ignore-scripts"]


def installed(source: Path, folder: Path) -> Path:
    """The program of `source` in `folder`, with its libraries; where that cannot be, the test does not run."""
    npm = shutil.which("npm")
    if npm is None:
        not_run("npm is missing")
    for path in source.iterdir():
        shutil.copy(path, folder)
    done = subprocess.run([str(npm), "ci", *OPTIONS], cwd=folder, capture_output=True, text=True, timeout=180)
    if done.returncode:
        not_run(f"the library could not be installed: {done.stderr.strip()[-300:]}")
    return folder


def not_run(reason: str) -> None:
    """Report that a test was not run."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(f"not run: {reason}")
