"""Idle connections, kept per scheme, host and port; and all living ones, so that close() can end them."""

from llmproxy.transport.connection import Connection, Key


class Pool:
    """The last one returned is the first one taken: the freshest is the least likely to be stale."""

    def __init__(self, max_idle_per_key: int = 512) -> None:
        self._max_idle = max_idle_per_key
        self._idle: dict[Key, list[Connection]] = {}
        self._living: set[Connection] = set()

    def take(self, key: Key) -> Connection | None:
        idle = self._idle.get(key)
        while idle:
            connection = idle.pop()
            if connection.usable:
                return connection
        return None

    def add(self, connection: Connection) -> None:
        """A new connection, in use."""
        self._living.add(connection)

    def give_back(self, connection: Connection) -> None:
        idle = self._idle.setdefault(connection.key, [])
        if connection not in self._living or len(idle) >= self._max_idle:
            connection.abort()
        else:
            idle.append(connection)

    def forget(self, connection: Connection) -> None:
        """Idempotent."""
        self._living.discard(connection)
        idle = self._idle.get(connection.key)
        if idle and connection in idle:
            idle.remove(connection)
        if idle is not None and not idle:
            del self._idle[connection.key]

    def close(self) -> None:
        living, self._living, self._idle = self._living, set(), {}
        for connection in living:
            connection.abort()

    @property
    def idle_count(self) -> int:
        return sum(len(idle) for idle in self._idle.values())

    @property
    def living_count(self) -> int:
        return len(self._living)
