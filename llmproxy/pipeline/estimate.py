"""Counting tokens where the provider has no endpoint for it: nothing leaves the house, and the answer says so."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmproxy.counting.requests import estimate_request
from llmproxy.errors import UpstreamFailed
from llmproxy.gateway.response import JSON, Header
from llmproxy.pipeline.translation import refusal_of
from llmproxy.wires.canonical.errors import WireError
from llmproxy.wires.canonical.request import Request
from llmproxy.wires.openai_chat import Prepared
from llmproxy.wires.sides import ClientSide
from llmproxy.wires.taps.tap import Tap
from llmproxy.wires.usage import Usage

HEADERS: tuple[Header, ...] = (JSON, (b"x-gatehouse-tokens", b"estimated"))


@dataclass(frozen=True, slots=True)
class Estimate:
    """An exchange (see there) that never takes place. Attributes: request: whose tokens are counted."""

    request: Request
    model: str
    prepared: Prepared = Prepared(b"", False, ())
    path: str = ""
    query: str = ""
    forwarded: tuple[str, ...] = ()
    defaults: tuple[Header, ...] = ()
    stream_type: str = ""
    translated_to: str = ""

    async def tokens(self) -> int:
        """Of the request's input. In a thread: an encoding is read at its first use, and long texts take a while."""
        return await asyncio.to_thread(estimate_request, self.model, self.request)

    def usage_of(self, body: bytes) -> Usage | None:
        """Nothing is used."""
        return None

    def answer(self, body: bytes) -> bytes:
        """Never called: no provider answers."""
        raise UpstreamFailed

    def filtered(self, body: bytes) -> bool:
        """Never."""
        return False

    def tap(self) -> Tap:
        """Never called either."""
        raise UpstreamFailed


def estimated(client: ClientSide, body: Mapping[str, Any], model: str) -> Estimate:
    """What will estimate a request of that client's wire, for the provider's `model`.

    Raises:
        InvalidParameter: the request is none of the client's wire.
    """
    try:
        return Estimate(client.read(body, False), model)
    except WireError as error:
        raise refusal_of(error) from error
