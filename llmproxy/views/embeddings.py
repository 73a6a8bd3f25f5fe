"""POST /v1/embeddings."""

from llmproxy.errors import InvalidParameter
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.pipeline import whole
from llmproxy.views.completing import CompletingViewSet


class EmbeddingsViewSet(CompletingViewSet):
    """Embeddings in OpenAI's dialect: text, lists of texts, token ids; floats or base64 as the client asked."""

    required_scope = "embeddings"
    endpoint = "embeddings"
    kind = "embeddings"

    async def create(self, request: GatewayRequest, model: str | None = None) -> Deliverable:
        """Pass the call through to the model's deployment."""
        raw, body = await self.json_body(request)
        if not isinstance(body.get("input"), str | list) or not body["input"]:
            raise InvalidParameter("`input` must be a text, a list of texts, or token ids.", param="input")
        if body.get("stream"):
            raise InvalidParameter("Embeddings cannot be streamed.", param="stream")
        return await whole.respond(self.runtime, self.admitted(request, raw, body, model))
