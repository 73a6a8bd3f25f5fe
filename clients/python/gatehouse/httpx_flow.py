"""What the auth classes for httpx and httpx2, which is its successor, share."""

from collections.abc import AsyncGenerator, Generator
from typing import Any

from gatehouse.source import TokenSource, without_keys


class Flow:
    """Mixed into the library's own `Auth`. A request is tried once more where that can help.

    Attributes:
        requires_request_body, requires_response_body: the library's own switches; neither body is looked at.
    """

    requires_request_body = False
    requires_response_body = False

    def __init__(self, source: TokenSource) -> None:
        self.source = source

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """For `Client`."""
        token = self.source.token()
        response = yield self._dressed(request, token)
        if self.source.again(str(request.url), token, response.status_code, response.headers):
            response.read()
            yield self._dressed(request, self.source.token())

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """For `AsyncClient`."""
        token = await self.source.token_async()
        response = yield self._dressed(request, token)
        if self.source.again(str(request.url), token, response.status_code, response.headers):
            await response.aread()
            yield self._dressed(request, await self.source.token_async())

    def _dressed(self, request: Any, token: Any) -> Any:
        for name in without_keys(request.headers):
            del request.headers[name]
        request.headers.update(self.source.headers(request.method, str(request.url), token))
        return request
