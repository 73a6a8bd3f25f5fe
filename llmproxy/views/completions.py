"""POST /v1/completions: the older form of text generation, still spoken by local servers and many tools."""

from llmproxy.errors import InvalidParameter
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.pipeline import relay, whole
from llmproxy.views.completing import CompletingViewSet


class CompletionsViewSet(CompletingViewSet):
    """Text completions, streamed or whole, in OpenAI's dialect."""

    endpoint = "completions"

    async def create(self, request: GatewayRequest, model: str | None = None) -> Deliverable:
        """Pass the call through to the model's deployment."""
        raw, body = await self.json_body(request)
        if not isinstance(body.get("prompt"), str | list):
            raise InvalidParameter("`prompt` must be a text, a list of texts, or token ids.", param="prompt")
        call = self.admitted(request, raw, body, model)
        if call.stream:
            return await relay.stream(self.runtime, call)
        return await whole.respond(self.runtime, call)
