"""How the client's wire meets a deployment's: what is sent there, and what comes of its answer."""

from dataclasses import dataclass
from typing import Protocol

from llmproxy.errors import UpstreamFailed
from llmproxy.pipeline.client_wire import ClientWire, Header
from llmproxy.wires.filtered import is_filtered
from llmproxy.wires.openai_chat import Prepared
from llmproxy.wires.taps.reading import NotJson
from llmproxy.wires.taps.tap import Tap
from llmproxy.wires.usage import Usage


class Exchange(Protocol):
    """One attempt's request and the reading of its answer.

    Attributes:
        prepared: the body for the provider.
        path: below the provider's base URL; `query` comes behind it.
        forwarded: the client's headers that go on, byte for byte; nothing else of the client's does.
        defaults: headers that are sent where neither the client nor the row names them.
        stream_type: the media type of a streamed answer.
        translated_to: the provider's wire, where it is not the client's; goes on record.
    """

    @property
    def prepared(self) -> Prepared: ...

    @property
    def path(self) -> str: ...

    @property
    def query(self) -> str: ...

    @property
    def forwarded(self) -> tuple[str, ...]: ...

    @property
    def defaults(self) -> tuple[Header, ...]: ...

    @property
    def stream_type(self) -> str: ...

    @property
    def translated_to(self) -> str: ...

    def usage_of(self, body: bytes) -> Usage | None:
        """The usage that a whole answer of the provider reports."""

    def answer(self, body: bytes) -> bytes:
        """A whole answer of the provider as the client gets it. Raises UpstreamFailed where it makes no sense."""

    def filtered(self, body: bytes) -> bool:
        """Whether the provider's content filter took a whole answer away."""

    def tap(self) -> Tap:
        """What a streamed answer of the provider goes through."""


@dataclass(frozen=True, slots=True)
class Passthrough:
    """The provider speaks the client's wire: bytes go through untouched."""

    speaks: ClientWire
    prepared: Prepared
    path: str
    query: str = ""
    stream_type: str = "text/event-stream"
    translated_to: str = ""

    @property
    def forwarded(self) -> tuple[str, ...]:
        """See Exchange."""
        return self.speaks.forwarded

    @property
    def defaults(self) -> tuple[Header, ...]:
        """See Exchange."""
        return self.speaks.defaults

    def usage_of(self, body: bytes) -> Usage | None:
        """See Exchange. Raises UpstreamFailed for an answer that is not JSON, or was cut."""
        try:
            return self.speaks.usage_of(body)
        except NotJson as error:
            raise UpstreamFailed(str(error)) from error

    def answer(self, body: bytes) -> bytes:
        """As it came."""
        return body

    def filtered(self, body: bytes) -> bool:
        """See Exchange."""
        return is_filtered(self.speaks.name, body)

    def tap(self) -> Tap:
        """See Exchange."""
        return self.speaks.tap(self.prepared)
