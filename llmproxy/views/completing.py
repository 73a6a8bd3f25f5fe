"""What the endpoints that call a model share: from the body to an admitted call."""

from collections.abc import Mapping
from typing import Any

from llmproxy.catalog import Route
from llmproxy.errors import InvalidParameter, ModelNotFound, UpstreamOverloaded
from llmproxy.gateway.request import GatewayRequest
from llmproxy.permissions import AddressAllowed, ModelVisible, ScopeGranted
from llmproxy.pipeline.call import Call
from llmproxy.views.gateway import GatewayViewSet
from llmproxy.wires.openai_chat import prepare

LONGEST_MODEL_NAME = 256


class CompletingViewSet(GatewayViewSet):
    """An endpoint that sends one call to one model.

    Attributes:
        endpoint: the path below the provider's base URL, and the name in records and metrics.
        kind: the kind of route that it needs.
    """

    permission_classes = (AddressAllowed, ScopeGranted, ModelVisible)
    endpoint = "chat/completions"
    kind = "chat"

    def admitted(self, request: GatewayRequest, raw: bytes, body: Mapping[str, Any]) -> Call:
        """Choose the route and prepare the provider's body.

        Raises:
            InvalidParameter: `model` or `stream` is of the wrong type.
            ModelNotFound: no such route, not visible, or of another kind.
            UpstreamOverloaded: the route has no deployment that is switched on.
        """
        model, stream = _model_of(body), _stream_of(body)
        route = self.route_named(request, model)
        if not route.deployments:
            raise UpstreamOverloaded("No deployment of this model is switched on. An administrator has to enable one.")
        deployment = route.deployments[0]
        prepared = prepare(raw, body, deployment.upstream_model, deployment.rules, stream=stream)
        request.begun = True
        return Call(request, request.principal, self.endpoint, model, route, deployment, stream, prepared)

    def route_named(self, request: Any, model: str) -> Route:
        """The route behind a public model name. Raises ModelNotFound."""
        catalog = self.runtime.catalog.current
        route = catalog.models_for(request.principal.organisation_id).get(model)
        if route is None or route.kind != self.kind:
            raise ModelNotFound
        self.check_object_permissions(request, route)
        return route


def _model_of(body: Mapping[str, Any]) -> str:
    model = body.get("model")
    if not isinstance(model, str) or not 0 < len(model) <= LONGEST_MODEL_NAME:
        raise InvalidParameter("`model` must be the name of a model.", param="model")
    return model


def _stream_of(body: Mapping[str, Any]) -> bool:
    stream = body.get("stream")
    if stream is not None and not isinstance(stream, bool):
        raise InvalidParameter("`stream` must be true or false.", param="stream")
    options = body.get("stream_options")
    if options is not None and not isinstance(options, dict):
        raise InvalidParameter("`stream_options` must be an object.", param="stream_options")
    return stream is True
