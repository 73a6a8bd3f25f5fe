"""The data plane's URLs. config.asgi resolves the raw path here; what does not match belongs to Django's handler.

Clients differ in what they put behind the base URL that they are given (INTEROP 1.1, 1.2), so each family's endpoints
stand below several prefixes: with the version, without it, and below a prefix of the family's own.
"""

from django.urls import URLPattern, path, re_path

from llmproxy.views import media, models, unknown
from llmproxy.views.analyzing import AnalyzingViewSet
from llmproxy.views.chat import ChatCompletionsViewSet
from llmproxy.views.completions import CompletionsViewSet
from llmproxy.views.embeddings import EmbeddingsViewSet
from llmproxy.views.gemini import ACTIONS
from llmproxy.views.messages import CountTokensViewSet, MessagesViewSet
from llmproxy.views.responses import ResponsesViewSet

app_name = "gateway"

CREATE = {"post": "create"}
# What Azure's SDK knows of a deployment: its name stands in the address, the version behind it is Azure's alone.
AZURE_PREFIX = "openai/deployments/<path:model>/"
OPENAI_PREFIXES = ("v1/", "", "openai/v1/", "openai/")
ANTHROPIC_PREFIXES = ("v1/", "", "anthropic/v1/", "anthropic/")
MODEL_LISTS = (
    *((prefix, models.ModelsViewSet) for prefix in ("v1/", "")),
    *((prefix, models.OpenAIModelsViewSet) for prefix in ("openai/v1/", "openai/")),
    *((prefix, models.AnthropicModelsViewSet) for prefix in ("anthropic/v1/", "anthropic/")),
    *((prefix, models.GoogleModelsViewSet) for prefix in ("v1beta/", "genai/v1/", "genai/v1beta/", "genai/")),
)
GOOGLE_PREFIXES = r"(?:v1|v1beta|genai/v1|genai/v1beta|genai)/"


def _openai(prefix: str) -> list[URLPattern]:
    return [
        path(f"{prefix}chat/completions", ChatCompletionsViewSet.as_view(CREATE), name="chat-completions"),
        path(f"{prefix}completions", CompletionsViewSet.as_view(CREATE), name="completions"),
        path(f"{prefix}embeddings", EmbeddingsViewSet.as_view(CREATE), name="embeddings"),
        *[path(f"{prefix}{view.endpoint}", view.as_view(CREATE), name=view.endpoint) for view in media.ENDPOINTS],
    ]


def _responses(prefix: str) -> URLPattern:
    view = ResponsesViewSet.as_view({**CREATE, "get": "upgrade"})
    pattern: URLPattern = path(f"{prefix}responses", view, name="responses")
    return pattern


def _anthropic(prefix: str) -> list[URLPattern]:
    return [
        path(f"{prefix}messages", MessagesViewSet.as_view(CREATE), name="messages"),
        path(f"{prefix}messages/count_tokens", CountTokensViewSet.as_view(CREATE), name="count-tokens"),
    ]


def _google() -> list[URLPattern]:
    # A model's name may hold slashes and colons, so the action is what stands behind the last one.
    return [
        re_path(
            rf"^(?:{GOOGLE_PREFIXES})?models/(?P<model>.+):{view.gemini_action}\Z",
            view.as_view(CREATE),
            name=view.gemini_action,
        )
        for view in ACTIONS
    ]


def _models(prefix: str, view: type[models.ModelsViewSet]) -> list[URLPattern]:
    # A model's name may hold slashes (meta-llama/Llama-3).
    return [
        path(f"{prefix}models", view.as_view({"get": "list"}), name="models"),
        path(f"{prefix}models/<path:model>", view.as_view({"get": "retrieve"}), name="model"),
    ]


def _unknown(prefixes: str, view: type[unknown.UnknownEndpointViewSet]) -> URLPattern:
    pattern: URLPattern = re_path(rf"^(?:{prefixes})(?:/.*)?\Z", view.as_view({"get": "list"}), name="unknown")
    return pattern


urlpatterns = [
    *[pattern for prefix in (*OPENAI_PREFIXES, AZURE_PREFIX) for pattern in _openai(prefix)],
    *[_responses(prefix) for prefix in OPENAI_PREFIXES],
    *[pattern for prefix in ANTHROPIC_PREFIXES for pattern in _anthropic(prefix)],
    path("v1/analyzing", AnalyzingViewSet.as_view(CREATE), name="analyzing"),
    *_google(),
    *[pattern for prefix, view in MODEL_LISTS for pattern in _models(prefix, view)],
    _unknown("anthropic", unknown.UnknownAnthropicViewSet),
    _unknown("v1beta|genai", unknown.UnknownGoogleViewSet),
    _unknown("v1|openai", unknown.UnknownEndpointViewSet),
]
