"""POST /v1/embeddings."""

from functools import partial

from uuid_utils.compat import uuid7

from llmproxy.catalog import Deployment
from llmproxy.counting import text_of
from llmproxy.errors import InvalidParameter
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.pipeline import whole
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.embedding_translation import EmbeddingTranslation
from llmproxy.pipeline.exchange import Exchange, Passthrough
from llmproxy.views.completing import CompletingViewSet
from llmproxy.wires.embedding import openai
from llmproxy.wires.embedding.identified import identified
from llmproxy.wires.embedding.vectors import EmbeddingClient


class PassedEmbeddings(Passthrough):
    """The provider speaks OpenAI's format itself."""

    def answer(self, body: bytes) -> bytes:
        """As it came, with an id."""
        return identified(body, f"embd-{uuid7().hex}")


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

    def exchange(self, call: Call, deployment: Deployment) -> Exchange:
        """As it is, or translated. Token ids are decoded with the encoding of the model that the client named.

        Raises:
            WireNotSpoken, InvalidParameter: see EmbeddingTranslation.
        """
        if self.speaks.name in deployment.wires:
            prepared = self.prepared(call.raw, call.body, deployment, call.stream)
            return PassedEmbeddings(self.speaks, prepared, self.path_to(deployment), self.query_to(call.request))
        client = EmbeddingClient(openai.reader(partial(text_of, call.model)), openai.write_answer)
        return EmbeddingTranslation(client, call.body, deployment, call.model)
