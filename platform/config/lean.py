"""The lean handler: resolves a gateway path, calls its viewset, delivers the answer; no middleware, no threads."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from django.urls import Resolver404, ResolverMatch, URLResolver
from django.urls.resolvers import RegexPattern

from llmproxy.dialects import Dialect
from llmproxy.errors import BadRequest, Unexpected
from llmproxy.gateway.body import ClientGone, Receive, Send
from llmproxy.gateway.request import GatewayRequest
from llmproxy.views.gateway import GatewayViewSet

logger = structlog.get_logger(__name__)
MOST_CACHED_ROUTES = 1024


class GatewayRoutes:
    """The data plane's URL configuration with a bounded memory of what resolved.

    The decision is taken on the path that the view is chosen by; nothing is normalised in between (SECURITY 4.12).
    """

    def __init__(self, urlconf: str) -> None:
        self._resolver = URLResolver(RegexPattern(r"^/"), urlconf)
        self._known: dict[str, ResolverMatch] = {}

    def match(self, path: str) -> ResolverMatch | None:
        """The view for `path`; None where the path is not the gateway's."""
        if (known := self._known.get(path)) is not None:
            return known
        try:
            found = self._resolver.resolve(path)
        except Resolver404:
            return None
        if not found.kwargs and len(self._known) < MOST_CACHED_ROUTES and not found.args:
            self._known[path] = found
        return found


async def handle(match: ResolverMatch, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Answer one gateway request. The outermost boundary: whatever goes wrong, the client gets its API's error."""
    request = GatewayRequest(scope, receive)
    delivering = False
    try:
        response = await match.func(request, *match.args, **match.kwargs)
        delivering = True
        await response.deliver(send)
    except ClientGone:
        if not delivering:
            await _tell_unreadable(_dialect(match, request), request, send)
    except Exception:
        logger.exception("gateway.defect", request_id=request.request_id, path=request.path[:200])
        if not delivering:
            await _dialect(match, request).render(Unexpected(), request.request_id).deliver(send)
    finally:
        request.finish()


def _dialect(match: ResolverMatch, request: GatewayRequest) -> Dialect:
    view: type[GatewayViewSet] = match.func.cls  # type: ignore[attr-defined]  # DRF puts it there
    return view.dialect_for(request.headers)


async def _tell_unreadable(dialect: Dialect, request: GatewayRequest, send: Send) -> None:
    """The server reports a body that is no valid HTTP as a lost connection: if anybody listens, say what it was."""
    error = BadRequest("The body could not be read: its framing is not valid HTTP.")
    with suppress(OSError, RuntimeError):
        await dialect.render(error, request.request_id).deliver(send)
