"""Runs a command that ends when the supervisor does, however that ends: `leash.py COMMAND [ARG …]`.

Kept free of imports from the project, since it runs before every process.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2); other systems than Linux have nothing like it and go without


def main() -> None:
    """Ask the kernel for a SIGTERM at the parent's death, then become the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == 1:
            sys.exit("the supervisor is gone already")
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 (the command comes from the process table)


if __name__ == "__main__":
    main()
