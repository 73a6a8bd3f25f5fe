"""For requests."""

from typing import Any

from requests import PreparedRequest, Response
from requests.auth import AuthBase

from gatehouse.source import TokenSource, without_keys
from gatehouse.token import Token


class GatehouseAuth(AuthBase):
    """`requests.get(url, auth=GatehouseAuth(source))`, or `session.auth = GatehouseAuth(source)`."""

    def __init__(self, source: TokenSource) -> None:
        self.source = source

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """With a token that holds."""
        token = self.source.token()
        self._dress(request, token)
        request.hooks["response"].append(lambda response, **options: self._answered(token, response, options))
        return request

    def _dress(self, request: PreparedRequest, token: Token) -> None:
        for name in without_keys(request.headers):
            del request.headers[name]
        request.headers.update(self.source.headers(request.method or "GET", request.url or "", token))

    def _answered(self, token: Token, response: Response, options: dict[str, Any]) -> Response:
        request = response.request
        headers = {name.lower(): value for name, value in response.headers.items()}
        if not self.source.again(request.url or "", token, response.status_code, headers):
            return response
        if hasattr(request.body, "read") or hasattr(request.body, "__next__"):
            return response  # a body that was sent piece by piece cannot be sent again
        _ = response.content
        second = request.copy()
        second.hooks["response"] = []
        self._dress(second, self.source.token())
        answer: Response = response.connection.send(second, **options)
        answer.history.append(response)
        answer.request = second
        return answer
