"""A port for a server that is started in a moment."""

import random
import socket

# Below those that the system gives to clients and to servers that take any (Linux: from 32768), so that none of them
# takes it before the server is up; several runs beside each other hardly ever choose the same.
LOWEST, HIGHEST = 12_000, 32_000


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    while True:
        port = random.SystemRandom().randrange(LOWEST, HIGHEST)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
