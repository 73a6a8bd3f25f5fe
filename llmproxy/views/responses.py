"""POST /v1/responses, in OpenAI's dialect."""

from llmproxy.errors import InvalidParameter, UseHttp
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.pipeline import relay, whole
from llmproxy.pipeline.client_wire import OPENAI_RESPONSES
from llmproxy.views.completing import CompletingViewSet
from llmproxy.wires.registry import CLIENTS


class ResponsesViewSet(CompletingViewSet):
    """Responses, streamed or whole. What refers to stored state goes on only to providers that speak Responses."""

    endpoint = "responses"
    speaks = OPENAI_RESPONSES
    translates = CLIENTS[OPENAI_RESPONSES.name]

    async def create(self, request: GatewayRequest) -> Deliverable:
        """Send the call to the model's deployment."""
        raw, body = await self.json_body(request)
        if body.get("background"):
            raise InvalidParameter(
                "`background` is not supported: its answer is fetched later, which the gateway cannot meter. "
                "Leave it out, or stream.",
                param="background",
            )
        call = self.admitted(request, raw, body)
        if call.stream:
            return await relay.stream(self.runtime, call)
        return await whole.respond(self.runtime, call)

    async def upgrade(self, request: GatewayRequest) -> Deliverable:
        """Clients that try a WebSocket first fall back on 426 (RFC 9110 section 15.5.22). Raises UseHttp."""
        raise UseHttp
