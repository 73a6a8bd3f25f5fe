"""How the client's wire meets a deployment's: what is sent there, and what comes of its answer."""

from dataclasses import dataclass
from typing import Protocol

from llmproxy.pipeline.client_wire import ClientWire
from llmproxy.wires.openai_chat import Prepared
from llmproxy.wires.taps.tap import EventTap
from llmproxy.wires.usage import Usage


class Exchange(Protocol):
    """One attempt's request and the reading of its answer.

    Attributes:
        prepared: the body for the provider.
        path: below the provider's base URL; `query` comes behind it.
    """

    @property
    def prepared(self) -> Prepared: ...

    @property
    def path(self) -> str: ...

    @property
    def query(self) -> str: ...

    def usage_of(self, body: bytes) -> Usage | None:
        """The usage that a whole answer of the provider reports."""

    def answer(self, body: bytes) -> bytes:
        """A whole answer of the provider as the client gets it. Raises UpstreamFailed where it makes no sense."""

    def tap(self) -> EventTap:
        """What a streamed answer of the provider goes through."""


@dataclass(frozen=True, slots=True)
class Passthrough:
    """The provider speaks the client's wire: bytes go through untouched."""

    speaks: ClientWire
    prepared: Prepared
    path: str
    query: str = ""

    def usage_of(self, body: bytes) -> Usage | None:
        """See Exchange."""
        return self.speaks.usage_of(body)

    def answer(self, body: bytes) -> bytes:
        """As it came."""
        return body

    def tap(self) -> EventTap:
        """See Exchange."""
        return self.speaks.tap(self.prepared)
