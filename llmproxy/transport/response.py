"""What callers of the transport hold. Exchange provides it for sockets, an in-process scheme for itself."""

from collections.abc import AsyncIterator
from typing import Protocol


class UpstreamResponse(Protocol):
    """An answer whose head is complete; header names are lower case."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> list[tuple[bytes, bytes]]: ...

    async def read(self, limit: int) -> bytes:
        """The whole body, at most `limit` bytes. Raises AnswerTooLarge, or what broke the answer."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Body bytes as they arrive; reading from the upstream pauses while they are not fetched."""
        ...

    async def aclose(self) -> None:
        """Ends the exchange: an unfinished one closes its connection at once."""
        ...
