"""POST /v1/messages and /v1/messages/count_tokens, in Anthropic's dialect."""

from typing import ClassVar

from llmproxy.errors import InvalidParameter
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.pipeline import relay, whole
from llmproxy.pipeline.client_wire import ANTHROPIC_MESSAGES
from llmproxy.views.completing import CompletingViewSet
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
        return BETA.decode() if BETA in request.query_string.split(b"&") else ""


class CountTokensViewSet(MessagesViewSet):
    """The provider counts; nothing is generated."""

    endpoint = "messages/count_tokens"
    translates = None

    async def create(self, request: GatewayRequest) -> Deliverable:
        """Pass the question through."""
        raw, body = await self.json_body(request)
        if body.get("stream"):
            raise InvalidParameter("stream: counting cannot be streamed.", param="stream")
        return await whole.respond(self.runtime, self.admitted(request, raw, body))
