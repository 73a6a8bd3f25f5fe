"""Questions to the person. Secrets are never taken from the command line, where every process could read them."""

import sys
from getpass import getpass

from gatehouse.errors import GatehouseError


def secret(what: str) -> str:
    """Typed without echo; or one line of standard input where that is no terminal. Raises GatehouseError."""
    return _answer(what, hidden=True)


def text(what: str) -> str:
    """Typed visibly; or one line as above. Raises GatehouseError."""
    return _answer(what, hidden=False)


def say(sentence: str) -> None:
    """To the person: standard output is for what programs read."""
    print(sentence, file=sys.stderr)


def _answer(what: str, *, hidden: bool) -> str:
    if not sys.stdin.isatty():
        given = sys.stdin.readline()
    elif hidden:
        given = getpass(f"{what}: ", sys.stderr)
    else:
        print(f"{what}: ", end="", file=sys.stderr, flush=True)
        given = sys.stdin.readline()
    if not given.strip():
        raise GatehouseError(f"{what} is needed.")
    return given.rstrip("\r\n")
