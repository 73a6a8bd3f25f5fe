"""Runs a command that ends when the supervisor does, however that ends: `leash.py NICENESS COMMAND [ARG …]`.

Kept free of imports from the project, since it runs before every process.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2); other systems than Linux have nothing like it and go without


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask the kernel to send us signal `number` when our parent dies; exit at once if it is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() == 1:
            sys.exit("the parent process is gone already")


if __name__ == "__main__":
    end_with_parent()
    os.nice(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 (the command comes from the process table)
