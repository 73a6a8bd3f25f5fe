"""Paths below the API's prefixes that are no endpoint."""

from collections.abc import Mapping
from typing import Any, ClassVar

from llmproxy.dialects import ANTHROPIC, GOOGLE, Dialect, spoken_by
from llmproxy.errors import EndpointNotFound
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.permissions import AddressAllowed
from llmproxy.views.gateway import GatewayViewSet


class UnknownEndpointViewSet(GatewayViewSet):
    """401 before 404: a stranger does not learn which endpoints exist (SECURITY 4.12)."""

    permission_classes = (AddressAllowed,)
    throttle_classes = ()
    only: ClassVar[Dialect | None] = None

    @classmethod
    def dialect_for(cls, headers: Mapping[str, str]) -> Dialect:
        """The prefix's own, else what the headers say."""
        return cls.only or spoken_by(headers)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Say that there is nothing, whatever the method, to who was authenticated."""
        super().initial(request, *args, **kwargs)
        raise EndpointNotFound(f"There is no endpoint {request.path[:200]!r}.")

    async def list(self, request: GatewayRequest, **_: str) -> Deliverable:
        """Never reached: `initial` refuses. DRF wants an action to route to."""
        raise EndpointNotFound


class UnknownAnthropicViewSet(UnknownEndpointViewSet):
    """Below /anthropic."""

    only = ANTHROPIC


class UnknownGoogleViewSet(UnknownEndpointViewSet):
    """Below /v1beta and /genai."""

    only = GOOGLE
