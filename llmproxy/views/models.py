"""GET /v1/models and /v1/models/{id}."""

from typing import Any

import orjson

from llmproxy.catalog import Route
from llmproxy.errors import ModelNotFound
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable, GatewayResponse
from llmproxy.views.gateway import GatewayViewSet


class ModelsViewSet(GatewayViewSet):
    """The models that the caller may use, in OpenAI's shape."""

    required_scope = "models:read"

    async def list(self, request: GatewayRequest) -> Deliverable:
        """Every visible model, by name."""
        names = sorted(self._visible(request).items())
        return self._answer(request, {"object": "list", "data": [_model(route) for _, route in names]})

    async def retrieve(self, request: GatewayRequest, model: str) -> Deliverable:
        """One model. Raises ModelNotFound for one that does not exist or is not the caller's to see."""
        if (route := self._visible(request).get(model)) is None:
            raise ModelNotFound
        return self._answer(request, _model(route))

    def _visible(self, request: GatewayRequest) -> dict[str, Route]:
        principal = request.principal
        routes = self.runtime.catalog.current.models_for(principal.organisation_id)
        narrowed = principal.models
        return {name: route for name, route in routes.items() if narrowed is None or name in narrowed}

    def _answer(self, request: GatewayRequest, body: dict[str, Any]) -> GatewayResponse:
        return GatewayResponse(200, orjson.dumps(body), request.request_id)


def _model(route: Route) -> dict[str, Any]:
    # Mistral's SDK refuses a list whose items carry no `type` (INTEROP 1.1).
    return {"id": route.name, "object": "model", "created": route.created, "owned_by": "gatehouse", "type": "base"}
