"""Signs what is new, again and again; dies at the step that FAULT names, or when it is killed."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

import django  # noqa: E402 (the path has to be there first)

django.setup()

from audit.actions import sign_checkpoint as signing  # noqa: E402 (models: only after setup)


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    if os.environ.get("FAULT") == "before the commit":
        signing.Store.add = die  # type: ignore[method-assign]  # signed, its own record not yet there
    elif os.environ.get("FAULT") == "before the copy":
        signing._copy_outside = die
    print("ready", flush=True)
    while True:
        signing.sign_checkpoint()
        print("signed", flush=True)
