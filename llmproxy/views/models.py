"""GET /v1/models and /v1/models/{id}, in the shape that the client's SDK parses."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import orjson

from llmproxy.catalog import Route
from llmproxy.dialects import ANTHROPIC, GOOGLE, OPENAI, Dialect, spoken_by
from llmproxy.errors import ModelNotFound
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable, GatewayResponse
from llmproxy.views import model_lists
from llmproxy.views.gateway import GatewayViewSet

LISTS = {
    OPENAI: (model_lists.openai_list, model_lists.openai_model),
    ANTHROPIC: (model_lists.anthropic_list, model_lists.anthropic_model),
    GOOGLE: (model_lists.google_list, model_lists.google_model),
}


class ModelsViewSet(GatewayViewSet):
    """The models that the caller may use. Three families share the path; headers tell them apart.

    Attributes:
        only: the dialect of a path that belongs to one family.
    """

    required_scope = "models:read"
    only: ClassVar[Dialect | None] = None

    @classmethod
    def dialect_for(cls, headers: Mapping[str, str]) -> Dialect:
        """The path's own, else what the headers say."""
        return cls.only or spoken_by(headers)

    async def list(self, request: GatewayRequest) -> Deliverable:
        """Every visible model, by name."""
        render, _ = LISTS[self.dialect_for(request.headers)]
        return self._answer(request, render(self._visible(request), request.query_string))

    async def retrieve(self, request: GatewayRequest, model: str) -> Deliverable:
        """One model. Raises ModelNotFound for one that does not exist or is not the caller's to see."""
        _, render = LISTS[self.dialect_for(request.headers)]
        for route in self._visible(request):
            if route.name == model:
                return self._answer(request, render(route))
        raise ModelNotFound

    def _visible(self, request: GatewayRequest) -> Sequence[Route]:
        principal = request.principal
        routes = self.runtime.catalog.current.models_for(principal.organisation_id)
        narrowed = principal.models
        return [route for name, route in sorted(routes.items()) if narrowed is None or name in narrowed]

    def _answer(self, request: GatewayRequest, body: dict[str, Any]) -> GatewayResponse:
        return GatewayResponse(200, orjson.dumps(body), request.request_id)


class OpenAIModelsViewSet(ModelsViewSet):
    """Below /openai."""

    only = OPENAI


class AnthropicModelsViewSet(ModelsViewSet):
    """Below /anthropic."""

    only = ANTHROPIC


class GoogleModelsViewSet(ModelsViewSet):
    """Below /v1beta and /genai."""

    only = GOOGLE
