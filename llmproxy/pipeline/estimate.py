"""Counting tokens where the provider has no endpoint for it: nothing leaves the house, and the answer says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmproxy.counting.requests import estimate_request
from llmproxy.errors import UpstreamFailed
from llmproxy.gateway.response import JSON, Header
from llmproxy.pipeline.translation import refusal_of
from llmproxy.wires.canonical.errors import WireError
from llmproxy.wires.openai_chat import Prepared
from llmproxy.wires.sides import ClientSide
from llmproxy.wires.taps.tap import Tap
from llmproxy.wires.usage import Usage

HEADERS: tuple[Header, ...] = (JSON, (b"x-gatehouse-tokens", b"estimated"))


@dataclass(frozen=True, slots=True)
class Estimate:
    """An exchange (see there) that is over before it began. Attributes: tokens: of the request's input."""

    tokens: int
    prepared: Prepared = Prepared(b"", False, ())
    path: str = ""
    query: str = ""
    forwarded: tuple[str, ...] = ()
    defaults: tuple[Header, ...] = ()
    stream_type: str = ""

    def usage_of(self, body: bytes) -> Usage | None:
        """Nothing is used."""
        return None

    def answer(self, body: bytes) -> bytes:
        """Never called: no provider answers."""
        raise UpstreamFailed

    def tap(self) -> Tap:
        """Never called either."""
        raise UpstreamFailed


def estimated(client: ClientSide, body: Mapping[str, Any], model: str) -> Estimate:
    """The tokens of a request of that client's wire, for the provider's `model`.

    Raises:
        InvalidParameter: the request is none of the client's wire.
    """
    try:
        return Estimate(estimate_request(model, client.read(body, False)))
    except WireError as error:
        raise refusal_of(error) from error
