"""What the endpoints that count tokens share: the provider counts where it can, else the gateway estimates."""

from collections.abc import Mapping
from typing import Any, ClassVar

import orjson

from llmproxy.catalog import Deployment
from llmproxy.gateway.response import Deliverable
from llmproxy.pipeline import whole
from llmproxy.pipeline.beginning import begin
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.estimate import HEADERS, Estimate, estimated
from llmproxy.pipeline.exchange import Exchange
from llmproxy.views.completing import CompletingViewSet
from llmproxy.wires.sides import ClientSide


class CountingViewSet(CompletingViewSet):
    """Nothing is generated. Attributes: counts: the client's wire."""

    generates = False
    counts: ClassVar[ClientSide]

    def exchange(self, call: Call, deployment: Deployment) -> Exchange:
        """Through to a provider of the client's wire; of another one, an estimate."""
        if self.speaks.name in deployment.wires:
            return super().exchange(call, deployment)
        return estimated(self.counts, self.request_of(call.body), deployment.upstream_model)

    def request_of(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The request whose tokens are counted."""
        return body

    def written(self, tokens: int) -> dict[str, Any]:
        """An estimate in the endpoint's own form."""
        raise NotImplementedError

    async def counted(self, call: Call) -> Deliverable:
        """The answer to an admitted call. Raises GatehouseError."""
        exchange = call.attempt.exchange
        if not isinstance(exchange, Estimate):
            return await whole.respond(self.runtime, call)
        await begin(self.runtime, call)
        call.units["estimated_tokens"] = tokens = await exchange.tokens()
        return whole.completed(self.runtime, call, orjson.dumps(self.written(tokens)), HEADERS)
