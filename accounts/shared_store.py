"""The store that all processes share, as the data plane asks it: on the event loop, in time, no thread hop.

One client for each process, made on first use and kept by `AccountsConfig`. What the common case needs is answered from
memory; only what cannot be (a replay check, a lease that does not suffice, a cached answer) comes here.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from accounts.single_use import StoreAway

CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 0.5
MOST_CONNECTIONS = 64
Got = TypeVar("Got")


class SharedStore:
    """A client of the event loop that it was first asked on; another loop gets a client of its own.

    Args:
        url: `redis://`, `rediss://` or `unix://`.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Redis | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def ask(self, question: Callable[[Redis], Awaitable[Got]]) -> Got:
        """What `question` gets from the client.

        Raises:
            StoreAway: it does not answer, or not in time. Whether it carried the question out is then not known.
        """
        try:
            return await question(self._connected())
        except (RedisError, OSError, TimeoutError) as error:
            raise StoreAway from error

    async def run(self, script: str, keys: list[str], *arguments: Any) -> Any:
        """The answer of a Lua script, sent by its digest once the server knows it. Raises StoreAway."""
        digest = _digest(script)

        async def question(client: Redis) -> Any:
            try:
                return await client.evalsha(digest, len(keys), *keys, *arguments)
            except NoScriptError:
                return await client.eval(script, len(keys), *keys, *arguments)

        return await self.ask(question)

    async def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _connected(self) -> Redis:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            pool = BlockingConnectionPool.from_url(
                self._url,
                socket_connect_timeout=CONNECT_SECONDS,
                socket_timeout=ANSWER_SECONDS,
                max_connections=MOST_CONNECTIONS,
                timeout=ANSWER_SECONDS,
                # Never a second time: a lease that was granted twice is a budget overspent.
                retry=Retry(NoBackoff(), 0),
            )
            self._client = Redis.from_pool(pool)
        return self._client


@lru_cache(maxsize=64)
def _digest(script: str) -> str:
    """What Redis calls a script by (SCRIPT LOAD): SHA-1, no secret."""
    return hashlib.sha1(script.encode("utf-8"), usedforsecurity=False).hexdigest()
