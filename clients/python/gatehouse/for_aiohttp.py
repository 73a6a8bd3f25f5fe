"""For aiohttp 3.12 and newer."""

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

from gatehouse.source import TokenSource, without_keys
from gatehouse.token import Token


class GatehouseAuth:
    """A client middleware: `aiohttp.ClientSession(middlewares=(GatehouseAuth(source),))`."""

    def __init__(self, source: TokenSource) -> None:
        self.source = source

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """The answer, tried once more where that can help."""
        token = await self.source.token_async()
        response = await handler(self._dressed(request, token))
        headers = {name.lower(): value for name, value in response.headers.items()}
        if not self.source.again(str(request.url), token, response.status, headers):
            return response
        response.release()
        return await handler(self._dressed(request, await self.source.token_async()))

    def _dressed(self, request: ClientRequest, token: Token) -> ClientRequest:
        for name in without_keys(request.headers):
            del request.headers[name]
        request.headers.update(self.source.headers(request.method, str(request.url), token))
        return request
