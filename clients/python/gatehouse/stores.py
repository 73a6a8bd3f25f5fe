"""Where a token is kept between uses."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from gatehouse.private_files import locked, read_json, write_json
from gatehouse.token import Token


class Store(Protocol):
    """One token."""

    def load(self) -> Token | None:
        """What is kept, whether it still holds or not."""
        ...

    def save(self, token: Token | None) -> None:
        """Keep it; None to forget."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """While this lasts, nobody else fetches one for the same store."""
        ...


class MemoryStore:
    """For the life of the process; the source's own lock is enough."""

    def __init__(self) -> None:
        self._token: Token | None = None

    def load(self) -> Token | None:
        """What is kept."""
        return self._token

    def save(self, token: Token | None) -> None:
        """Keep it."""
        self._token = token

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else can be there."""
        yield


class FileStore:
    """A file of mode 0600 that several processes share."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Token | None:
        """What is kept; None where it cannot be read as a token."""
        try:
            return Token.of_stored(read_json(self._path))
        except (KeyError, ValueError, TypeError):
            return None

    def save(self, token: Token | None) -> None:
        """Keep it; None deletes the file."""
        if token is None:
            self._path.unlink(missing_ok=True)
        else:
            write_json(self._path, token.stored())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """By a lock file."""
        with locked(self._path):
            yield
