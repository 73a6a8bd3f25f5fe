"""The request of the data plane: what DRF's policy classes and the viewsets read, and nothing that costs."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

from accounts.principal import Principal
from llmproxy.errors import BadRequest, HeadersTooLarge, UnsupportedMediaType
from llmproxy.gateway.body import Receive, read_body
from llmproxy.gateway.request_id import accepted_or_new
from llmproxy.wires.aside import NOTHING, Aside, put_back

MOST_HEADER_BYTES = 32 * 1024
# A second one of these would let two readers of the same request see different things.
ONLY_ONCE = frozenset(
    (
        "authorization", "x-api-key", "x-goog-api-key", "api-key", "x-portkey-api-key", "dpop",
        "content-length", "content-type", "host",
    )
)  # fmt: skip


class GatewayRequest:
    """One call on a gateway path. `headers` has lower-case names; the body is read only when somebody asks for it.

    Attributes:
        user, auth: set by the authentication class; `auth` is the Principal.
        begun: a model call was admitted, so its own terminal record says how it ended.
        failed: it ended without a whole answer.
        kept_body: the body, where somebody had to read it before the endpoint does.
        client_ip: the peer's address, or what a configured proxy says of it.
        aside: long base64 texts of its body, by what stands for them in the parsed one.
    """

    def __init__(self, scope: Mapping[str, Any], receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._raw_path: bytes | None = scope.get("raw_path")
        self.query_string: bytes = scope.get("query_string", b"")
        self.receive = receive
        self.raw_headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
        self.headers: dict[str, str] = {}
        self.request_id = accepted_or_new(None)
        client = scope.get("client")
        self.client_ip: str = client[0] if client else ""
        self.user: Any = None
        self.auth: Principal | None = None
        self.begun = False
        self.failed = False
        self.kept_body: bytes | None = None
        self.aside: Aside = NOTHING
        self.finishers: list[Callable[[], None]] = []

    def finish(self) -> None:
        """Run what was left for the end of the request: places given back."""
        while self.finishers:
            self.finishers.pop()()

    def take_headers(self) -> None:
        """Fill `headers` from the raw list.

        Raises:
            BadRequest: a name that proxies fold into another one, or a repeated single header (SECURITY 4.4, O13).
            HeadersTooLarge: more than 32 KiB of names and values.
        """
        size = 0
        headers = self.headers
        for raw_name, raw_value in self.raw_headers:
            size += len(raw_name) + len(raw_value)
            name = raw_name.decode("latin-1")
            value = raw_value.decode("latin-1")
            if name not in headers:
                headers[name] = value
            elif name in ONLY_ONCE:
                raise BadRequest(f"The header {name} was sent more than once.")
            else:
                headers[name] = f"{headers[name]}, {value}"
            if "_" in name:
                raise BadRequest("Header names with an underscore are not accepted.")
        self.request_id = accepted_or_new(headers.get("x-request-id"))
        if "content-length" in headers and "transfer-encoding" in headers:
            raise BadRequest("A body has either a content-length or a transfer-encoding.")
        if size > MOST_HEADER_BYTES:
            raise HeadersTooLarge

    @property
    def raw_path(self) -> str:
        """The path as it came over the wire; made again from the decoded one where the server does not tell it."""
        return self._raw_path.decode("latin-1") if self._raw_path else quote(self.path)

    @cached_property
    def META(self) -> dict[str, str]:  # noqa: N802 (Django's name)
        """The CGI-like view of the headers that DRF classes written for Django expect."""
        names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        return {**names, "REMOTE_ADDR": self.client_ip, "REQUEST_METHOD": self.method, "PATH_INFO": self.path}

    @property
    def principal(self) -> Principal:
        """Who calls.

        Raises:
            RuntimeError: read before authentication, which is a defect.
        """
        if self.auth is None:
            raise RuntimeError("the principal was read before authentication")
        return self.auth

    async def body(self, limit: int) -> bytes:
        """The whole body, at most `limit` bytes.

        Raises:
            UnsupportedMediaType: it is compressed.
            BodyTooLarge, BodyTooSlow, ClientGone: see read_body.
        """
        if self.kept_body is not None:
            return self.kept_body
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise UnsupportedMediaType("Compressed request bodies are not accepted: send it without content-encoding.")
        return await read_body(self.receive, self.headers.get("content-length"), limit)

    def restored(self, body: bytes) -> bytes:
        """`body`, made from the parsed one, with what was set aside."""
        return put_back(body, self.aside)
