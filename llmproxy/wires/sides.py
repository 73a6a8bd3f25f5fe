"""The two sides that a wire can have: spoken by a client, spoken by a provider. Any of the one meets any of the other.

Bytes and parsed JSON in, canonical objects out, and back; no settings, no clock, no network.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from llmproxy.wires.canonical.answer import Answer, Event, Facts
from llmproxy.wires.canonical.request import Request
from llmproxy.wires.usage import Usage

Body = Mapping[str, Any]


class Parser(Protocol):
    """A provider's stream, one object each, fed synchronously.

    Attributes:
        usage: what the provider reported so far.
        complete: the stream said that it is over; ending without this is a failure.
    """

    usage: Usage | None
    complete: bool

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes. Raises BadAnswer, ProviderFailed."""

    def close(self) -> list[Event]:
        """What is left when the provider closed. Raises the same."""


class Renderer(Protocol):
    """A client's stream, one object each, fed synchronously."""

    def feed(self, event: Event) -> bytes:
        """What the client gets for `event`; often nothing. Raises BadAnswer for what its wire cannot show."""

    def close(self) -> bytes:
        """What ends the stream."""


@dataclass(frozen=True, slots=True)
class ClientSide:
    """A wire as clients speak it.

    Attributes:
        read: a request, and whether it is streamed. Raises BadRequest, UnsupportedParameter.
        write: a whole answer. Raises BadAnswer for what the wire cannot show.
        renderer: of a streamed answer to the request given.
        id_prefix: how ids of its answers begin.
    """

    read: Callable[[Body, bool], Request]
    write: Callable[[Answer, Facts], bytes]
    renderer: Callable[[Facts, Body], Renderer]
    id_prefix: str


@dataclass(frozen=True, slots=True)
class ProviderSide:
    """A wire as providers speak it.

    Attributes:
        write: a request, with the provider's name of the model. Raises BadRequest, UnsupportedParameter.
        read: a whole answer. Raises BadAnswer, ProviderFailed.
        parser: of one stream.
        supported: the optional members of a request that it can say.
        usual_limit: of output tokens, where the wire wants one and the client names none.
        usually_free_text: whether its servers take tools of free text, where their row does not say it.
    """

    write: Callable[[Request, str], dict[str, Any]]
    read: Callable[[Body], Answer]
    parser: Callable[[], Parser]
    supported: frozenset[str]
    usual_limit: int | None = None
    usually_free_text: bool = False
