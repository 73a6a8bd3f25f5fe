"""POST /v1/messages and /v1/messages/count_tokens, in Anthropic's dialect."""

from collections.abc import Mapping
from typing import Any, ClassVar

from llmproxy.errors import InvalidParameter
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.pipeline import relay, whole
from llmproxy.pipeline.client_wire import ANTHROPIC_MESSAGES
from llmproxy.views.completing import CompletingViewSet
from llmproxy.views.counting import CountingViewSet
from llmproxy.wires.registry import CLIENTS
from llmproxy.wires.sides import ClientSide

BETA = b"beta=true"


class MessagesViewSet(CompletingViewSet):
    """Messages, streamed or whole. `anthropic-version` and `anthropic-beta` go on as they came."""

    endpoint = "messages"
    speaks = ANTHROPIC_MESSAGES
    translates: ClassVar[ClientSide | None] = CLIENTS["anthropic_messages"]

    async def create(self, request: GatewayRequest) -> Deliverable:
        """Pass the call through to the model's deployment."""
        raw, body = await self.json_body(request)
        if not isinstance(body.get("messages"), list) or not body["messages"]:
            raise InvalidParameter("messages: must be a list with at least one message.", param="messages")
        call = self.admitted(request, raw, body)
        if call.stream:
            return await relay.stream(self.runtime, call)
        return await whole.respond(self.runtime, call)

    def query_to(self, request: GatewayRequest) -> str:
        """The SDKs mark beta calls in the address as well."""
        return beta_of(request)


class CountTokensViewSet(CountingViewSet):
    """The provider counts, or the gateway estimates; nothing is generated."""

    endpoint = "messages/count_tokens"
    speaks = ANTHROPIC_MESSAGES
    counts = CLIENTS["anthropic_messages"]

    async def create(self, request: GatewayRequest) -> Deliverable:
        """Pass the question through, or answer it here."""
        raw, body = await self.json_body(request)
        if body.get("stream"):
            raise InvalidParameter("stream: counting cannot be streamed.", param="stream")
        return await self.counted(self.admitted(request, raw, body))

    def request_of(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Counting needs no limit, which a request does."""
        return {"max_tokens": 1, **body}

    def written(self, tokens: int) -> dict[str, Any]:
        """https://docs.anthropic.com/en/api/messages-count-tokens; its SDKs keep members that they do not know."""
        return {"input_tokens": tokens, "estimated": True}

    def query_to(self, request: GatewayRequest) -> str:
        """See MessagesViewSet."""
        return beta_of(request)


def beta_of(request: GatewayRequest) -> str:
    """The mark of a beta call, which goes on to the provider."""
    return BETA.decode() if BETA in request.query_string.split(b"&") else ""
