"""What a streamed answer goes through on its way from the provider's wire to the client's."""

from collections.abc import Callable

from llmproxy.errors import StreamCut, UpstreamFailed
from llmproxy.pipeline.answers import said_to_fail
from llmproxy.wires.canonical.answer import Event
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed
from llmproxy.wires.filtered import Watch
from llmproxy.wires.sides import Parser, Renderer
from llmproxy.wires.usage import Usage

END_OF_EVENT = (b"\n\n", b"\r\n\r\n")


class TranslatingTap:
    """One per stream, fed synchronously; see EventTap for what it gives.

    Attributes:
        chunks: events that went to the client.
        watch: is shown every event, where somebody minds what they say.
    """

    __slots__ = ("_parser", "_renderer", "chunks", "watch")

    def __init__(self, parser: Parser, renderer: Renderer) -> None:
        self._parser = parser
        self._renderer = renderer
        self.chunks = 0
        self.watch: Watch | None = None

    @property
    def usage(self) -> Usage | None:
        """What the provider reported so far."""
        return self._parser.usage

    @property
    def complete(self) -> bool:
        """The provider said that its answer is over."""
        return self._parser.complete

    def feed(self, chunk: bytes) -> bytes:
        """What the client gets for `chunk`.

        Raises:
            GatehouseError: the stream says that the provider failed, or makes no sense.
        """
        return self._rendered(lambda: self._parser.feed(chunk))

    def close(self) -> bytes:
        """The end of the client's stream; where the provider's is not complete, nothing that looks like one."""
        out = self._rendered(self._parser.close)
        if not self.complete:
            raise StreamCut
        return out + self._renderer.close()

    def _rendered(self, events: Callable[[], list[Event]]) -> bytes:
        try:
            found = events()
            if self.watch is not None:
                for event in found:
                    self.watch.see_canonical(event)
            out = b"".join([self._renderer.feed(event) for event in found])
        except ProviderFailed as failure:
            raise said_to_fail(failure.status, str(failure)) from failure
        except BadAnswer as error:
            raise UpstreamFailed(str(error)) from error
        self.chunks += sum(map(out.count, END_OF_EVENT))
        return out
