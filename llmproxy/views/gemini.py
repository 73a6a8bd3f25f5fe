"""POST /v1beta/models/{model}:{action}, in Google's dialect. The model stands in the address."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from llmproxy.adapters.adapter import segment
from llmproxy.catalog import Deployment
from llmproxy.errors import InvalidParameter
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.pipeline import relay, whole
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.client_wire import GEMINI
from llmproxy.pipeline.embedding_translation import EmbeddingTranslation
from llmproxy.pipeline.exchange import Exchange
from llmproxy.pipeline.framing import AsArray, AsEvents, Framing
from llmproxy.views.completing import CompletingViewSet
from llmproxy.views.counting import CountingViewSet
from llmproxy.wires import gemini_body
from llmproxy.wires.embedding import gemini as embedding
from llmproxy.wires.embedding.vectors import EmbeddingClient
from llmproxy.wires.openai_chat import Prepared
from llmproxy.wires.registry import CLIENTS

SSE = "alt=sse"


def framing_of(request: GatewayRequest) -> Framing:
    """As the client wants it; Google's default is the array. Raises InvalidParameter.

    `alt` and `$alt`: https://cloud.google.com/apis/docs/system-parameters. Its older SDKs send
    `$alt=json;enum-encoding=int`, and read names of enums as well.
    """
    asked = dict(parse_qsl(request.query_string.decode("latin-1")))
    form = asked.get("alt") or asked.get("$alt") or "json"
    if form == "sse":
        return AsEvents()
    if form.partition(";")[0] != "json":
        raise InvalidParameter(
            "Streams come as server-sent events (alt=sse) or as one JSON array (alt=json).", param="alt"
        )
    return AsArray()


class GeminiViewSet(CompletingViewSet):
    """One action of a model.

    Attributes:
        gemini_action: its name behind the colon.
        needs: the member that its body must have, as a list or an object.
    """

    speaks = GEMINI
    gemini_action: ClassVar[str]
    needs: ClassVar[str] = "contents"

    async def create(self, request: GatewayRequest, model: str) -> Deliverable:
        """Pass the call through to the model's deployment."""
        raw, body = await self.json_body(request)
        self.check_body(body)
        call = self.admitted(request, raw, body, model)
        if call.stream:
            return await relay.stream(self.runtime, call, framing_of(request))
        return await whole.respond(self.runtime, call)

    def check_body(self, body: Mapping[str, Any]) -> None:
        """Raises InvalidParameter unless the body has what the action is about."""
        if not body.get(self.needs):
            raise InvalidParameter(f"{self.needs} is not specified.", param=self.needs)

    def streams(self, request: GatewayRequest, body: Mapping[str, Any]) -> bool:
        """The action says it, not the body."""
        return False

    def prepared(self, raw: bytes, body: Mapping[str, Any], deployment: Deployment, stream: bool) -> Prepared:
        """As it came, unless it names the model."""
        return gemini_body.prepare(raw, body, deployment.upstream_model, deployment.rules)

    def path_to(self, deployment: Deployment) -> str:
        """With the provider's name of the model."""
        return f"models/{segment(deployment.upstream_model)}:{self.gemini_action}"


class GenerateContentViewSet(GeminiViewSet):
    """The answer in one piece."""

    translates = CLIENTS[GEMINI.name]
    endpoint = gemini_action = "generateContent"


class StreamGenerateContentViewSet(GeminiViewSet):
    """The answer piece by piece: as server-sent events, or as one JSON array that ends when the answer does."""

    translates = CLIENTS[GEMINI.name]
    endpoint = gemini_action = "streamGenerateContent"

    def streams(self, request: GatewayRequest, body: Mapping[str, Any]) -> bool:
        """Always. Raises InvalidParameter: in a form that there is not."""
        framing_of(request)
        return True

    def query_to(self, request: GatewayRequest) -> str:
        """The provider is asked for events in either case."""
        return SSE


class GeminiCountTokensViewSet(GeminiViewSet, CountingViewSet):
    """The provider counts, or the gateway estimates; nothing is generated."""

    endpoint = gemini_action = "countTokens"
    counts = CLIENTS[GEMINI.name]

    async def create(self, request: GatewayRequest, model: str) -> Deliverable:
        """Pass the question through, or answer it here."""
        raw, body = await self.json_body(request)
        self.check_body(body)
        return await self.counted(self.admitted(request, raw, body, model))

    def request_of(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Of a whole request that stands in the question, or of the contents alone."""
        inner = body.get("generateContentRequest")
        return inner if isinstance(inner, Mapping) else body

    def written(self, tokens: int) -> dict[str, Any]:
        """https://ai.google.dev/api/tokens; its SDKs refuse members that they do not know."""
        return {"totalTokens": tokens}

    def check_body(self, body: Mapping[str, Any]) -> None:
        """Either contents, or a whole request."""
        if not body.get("contents") and not body.get("generateContentRequest"):
            raise InvalidParameter("contents is not specified.", param="contents")


class EmbedContentViewSet(GeminiViewSet):
    """The vector of one content."""

    endpoint = gemini_action = "embedContent"
    required_scope = kind = "embeddings"
    needs = "content"
    embeds: ClassVar[EmbeddingClient] = embedding.ONE

    def exchange(self, call: Call, deployment: Deployment) -> Exchange:
        """As it is, or translated. Raises WireNotSpoken, InvalidParameter."""
        if self.speaks.name in deployment.wires:
            return super().exchange(call, deployment)
        return EmbeddingTranslation(self.embeds, call.body, deployment, call.model)


class BatchEmbedContentsViewSet(EmbedContentViewSet):
    """The vectors of several contents."""

    endpoint = gemini_action = "batchEmbedContents"
    needs = "requests"
    embeds = embedding.BATCH


ACTIONS: tuple[type[GeminiViewSet], ...] = (
    GenerateContentViewSet,
    StreamGenerateContentViewSet,
    GeminiCountTokensViewSet,
    EmbedContentViewSet,
    BatchEmbedContentsViewSet,
)
