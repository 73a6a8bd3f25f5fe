"""What the endpoints that call a model share: from the body to an admitted call."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from llmproxy.catalog import Deployment, Route
from llmproxy.dialects import Dialect
from llmproxy.errors import InvalidParameter, ModelNotFound, WireNotSpoken
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.idempotency.answering import HEADER, once
from llmproxy.permissions import AddressAllowed, ModelVisible, ScopeGranted
from llmproxy.pipeline import plan
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.client_wire import OPENAI_CHAT, ClientWire
from llmproxy.pipeline.exchange import Exchange, Passthrough
from llmproxy.pipeline.presetting import applied
from llmproxy.pipeline.sizing import size_up
from llmproxy.pipeline.translation import Translation
from llmproxy.views.gateway import GatewayViewSet
from llmproxy.wires.openai_chat import Prepared, prepare
from llmproxy.wires.sides import ClientSide

LONGEST_MODEL_NAME = 256


class CompletingViewSet(GatewayViewSet):
    """An endpoint that sends one call to one model.

    Attributes:
        endpoint: the path below the provider's base URL, and the name in records and metrics.
        kind: the kind of route that it needs.
        speaks: the client's wire.
        generates: an answer is made, and not only tokens counted.
        translates: the same, where calls may go to providers of other wires.
    """

    permission_classes = (AddressAllowed, ScopeGranted, ModelVisible)
    endpoint = "chat/completions"
    kind = "chat"
    speaks: ClassVar[ClientWire] = OPENAI_CHAT
    translates: ClassVar[ClientSide | None] = None
    generates: ClassVar[bool] = True

    @classmethod
    def dialect_for(cls, headers: Mapping[str, str]) -> Dialect:
        """The client's wire says it."""
        return cls.speaks.dialect

    async def answered(self, request: GatewayRequest, *args: Any, **kwargs: Any) -> Deliverable:
        """As every endpoint's; with an `Idempotency-Key` once, and the same answer afterwards."""
        if HEADER not in request.headers or self.runtime.claims is None:
            return await super().answered(request, *args, **kwargs)
        answering = partial(super().answered, request, *args, **kwargs)
        return await once(self.runtime.claims, request, self.body_limit, answering)

    def admitted(self, request: GatewayRequest, raw: bytes, body: Mapping[str, Any], model: str | None = None) -> Call:
        """Choose the route and where to go first, and prepare the body for there.

        Args:
            model: where the body does not name it.

        Raises:
            InvalidParameter: `model`, `stream` or an amount is not what it should be.
            ModelNotFound: no such route, not visible, or of another kind.
            UpstreamOverloaded: the route has no deployment that is switched on.
            WireNotSpoken: the model's provider does not speak this endpoint's wire.
        """
        model, stream = named(model or body.get("model")), self.streams(request, body)
        route = self.route_named(request, model)
        if route.preset is not None and raw:  # forms hold a file and no parameters of a preset's
            raw, body = applied(route.preset, self.speaks.name, body, generates=self.generates)
            raw = request.restored(raw)
        call = Call(
            request,
            request.principal,
            self.endpoint,
            model,
            route,
            stream,
            self.speaks,
            raw,
            body,
            self.exchange,
        )
        size_up(self.runtime.catalog.current, call)
        plan.begin(self.runtime, call)
        return call

    def route_named(self, request: Any, model: str) -> Route:
        """The route behind a public model name. Raises ModelNotFound; where it is of another kind, it says so."""
        catalog = self.runtime.catalog.current
        route = catalog.models_for(request.principal.organisation_id).get(model)
        if route is None:
            raise ModelNotFound
        self.check_object_permissions(request, route)
        if route.kind != self.kind:
            raise ModelNotFound(f"This model is one of the kind “{route.kind}”, this endpoint for “{self.kind}”.")
        return route

    def exchange(self, call: Call, deployment: Deployment) -> Exchange:
        """How the call is sent to `deployment`: as it is where that can be, else translated.

        Raises:
            WireNotSpoken: the provider does not speak this endpoint's wire, and none that it could be translated into.
            InvalidParameter: see Translation.
        """
        if self.speaks.name in deployment.wires:
            prepared = self.prepared(call.raw, call.body, deployment, call.stream)
            return Passthrough(self.speaks, prepared, self.path_to(deployment), self.query_to(call.request))
        if self.translates is None:
            raise WireNotSpoken
        return Translation(self.translates, call.body, deployment, call.model, stream=call.stream)

    def streams(self, request: GatewayRequest, body: Mapping[str, Any]) -> bool:
        """Whether the client asked for a stream. Raises InvalidParameter."""
        stream = body.get("stream")
        if stream is not None and not isinstance(stream, bool):
            raise InvalidParameter("`stream` must be true or false.", param="stream")
        options = body.get("stream_options")
        if options is not None and not isinstance(options, dict):
            raise InvalidParameter("`stream_options` must be an object.", param="stream_options")
        return stream is True

    def prepared(self, raw: bytes, body: Mapping[str, Any], deployment: Deployment, stream: bool) -> Prepared:
        """The provider's body. Only OpenAI's chat wire has to be asked for the usage of a stream."""
        ask_usage = stream and self.speaks is OPENAI_CHAT
        model = deployment.upstream_model if deployment.adapter.names_model(self.endpoint) else None
        return prepare(raw, body, model, deployment.rules, stream=ask_usage)

    def path_to(self, deployment: Deployment) -> str:
        """Below the provider's base URL."""
        return self.endpoint

    def query_to(self, request: GatewayRequest) -> str:
        """Behind the path."""
        return ""


def named(model: object) -> str:
    """A model's public name as the client sent it. Raises InvalidParameter."""
    if not isinstance(model, str) or not 0 < len(model) <= LONGEST_MODEL_NAME:
        raise InvalidParameter("`model` must be the name of a model.", param="model")
    return model
