"""Paths below the API's prefixes that are no endpoint."""

from typing import Any

from llmproxy.errors import EndpointNotFound
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.permissions import AddressAllowed
from llmproxy.views.gateway import GatewayViewSet


class UnknownEndpointViewSet(GatewayViewSet):
    """401 before 404: a stranger does not learn which endpoints exist (SECURITY 4.12)."""

    permission_classes = (AddressAllowed,)
    throttle_classes = ()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Authenticate, then say that there is nothing, whatever the method."""
        super().initial(request, *args, **kwargs)
        raise EndpointNotFound(f"There is no endpoint {request.path[:200]!r}.")

    async def list(self, request: GatewayRequest, **_: str) -> Deliverable:
        """Never reached: `initial` refuses. DRF wants an action to route to."""
        raise EndpointNotFound
