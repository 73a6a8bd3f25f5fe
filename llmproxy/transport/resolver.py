"""Names to addresses that the egress policy has passed: the check that counts, right before connecting."""

import asyncio
import socket
from ipaddress import ip_address
from typing import Final

from accounts.egress import EgressPolicy, EgressRefused
from accounts.egress.addresses import parse
from llmproxy.transport.connection import Key
from llmproxy.transport.errors import ConnectFailed, EgressDenied

REMEMBER_SECONDS: Final = 30.0
MAX_NAMES: Final = 1024


class Resolver:
    """Checks ALL addresses of a name: one bad address refuses the name. Remembers only what passed."""

    def __init__(self, policy: EgressPolicy, remember_seconds: float = REMEMBER_SECONDS) -> None:
        self._policy = policy
        self._remember_seconds = remember_seconds
        self._known: dict[Key, tuple[float, tuple[str, ...]]] = {}
        self._running: dict[Key, asyncio.Task[tuple[str, ...]]] = {}

    async def resolve(self, key: Key) -> tuple[str, ...]:
        """Checked addresses in the resolver's order. Raises EgressDenied, ConnectFailed (no such name)."""
        known = self._known.get(key)
        loop = asyncio.get_running_loop()
        if known is not None and loop.time() < known[0]:
            return known[1]
        try:
            self._policy.check_target(*key)
        except EgressRefused as error:
            raise EgressDenied from error
        if parse(key[1]) is not None:
            return (key[1],)
        return await self._shared_lookup(loop, key)

    async def _shared_lookup(self, loop: asyncio.AbstractEventLoop, key: Key) -> tuple[str, ...]:
        """A thousand calls at once ask the resolver once; a cancelled caller does not take the answer from the rest."""
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = loop.create_task(self._look_up(loop, key))
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    def _landed(self, key: Key, task: asyncio.Task[tuple[str, ...]]) -> None:
        self._running.pop(key, None)
        if not task.cancelled():
            task.exception()  # seen, even if every caller has left

    async def _look_up(self, loop: asyncio.AbstractEventLoop, key: Key) -> tuple[str, ...]:
        scheme, host, port = key
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise ConnectFailed from error
        addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
        try:
            for address in addresses:
                self._policy.check_address(ip_address(address), port, host=host, scheme=scheme)
        except EgressRefused as error:
            raise EgressDenied from error
        if not addresses:
            raise ConnectFailed
        if len(self._known) >= MAX_NAMES:
            self._known.clear()
        self._known[key] = (loop.time() + self._remember_seconds, addresses)
        return addresses
