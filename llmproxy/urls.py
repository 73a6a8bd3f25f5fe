"""The data plane's URLs. config.asgi resolves the raw path here; what does not match belongs to Django's handler."""

from django.urls import path, re_path

from llmproxy.views.analyzing import AnalyzingViewSet
from llmproxy.views.chat import ChatCompletionsViewSet
from llmproxy.views.embeddings import EmbeddingsViewSet
from llmproxy.views.models import ModelsViewSet
from llmproxy.views.unknown import UnknownEndpointViewSet

app_name = "gateway"

urlpatterns = [
    path("v1/chat/completions", ChatCompletionsViewSet.as_view({"post": "create"}), name="chat-completions"),
    path("v1/embeddings", EmbeddingsViewSet.as_view({"post": "create"}), name="embeddings"),
    path("v1/analyzing", AnalyzingViewSet.as_view({"post": "create"}), name="analyzing"),
    path("v1/models", ModelsViewSet.as_view({"get": "list"}), name="models"),
    # A model's name may hold slashes (meta-llama/Llama-3).
    path("v1/models/<path:model>", ModelsViewSet.as_view({"get": "retrieve"}), name="model"),
    re_path(r"^v1(?:/.*)?\Z", UnknownEndpointViewSet.as_view({"get": "list"}), name="unknown"),
]
