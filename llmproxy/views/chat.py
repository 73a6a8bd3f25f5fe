"""POST /v1/chat/completions."""

from llmproxy.errors import InvalidParameter
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.pipeline import relay, whole
from llmproxy.pipeline.client_wire import OPENAI_CHAT
from llmproxy.views.completing import CompletingViewSet
from llmproxy.wires.registry import CLIENTS


class ChatCompletionsViewSet(CompletingViewSet):
    """Chat, streamed or whole, in OpenAI's dialect."""

    translates = CLIENTS[OPENAI_CHAT.name]

    async def create(self, request: GatewayRequest, model: str | None = None) -> Deliverable:
        """Send the call to the model's deployment."""
        raw, body = await self.json_body(request)
        if not isinstance(body.get("messages"), list) or not body["messages"]:
            raise InvalidParameter("`messages` must be a list with at least one message.", param="messages")
        call = self.admitted(request, raw, body, model)
        if call.stream:
            return await relay.stream(self.runtime, call)
        return await whole.respond(self.runtime, call)
