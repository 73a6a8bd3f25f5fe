"""Keys that are sent as they are: in `Authorization`, in a header of their own, in the query."""

from urllib.parse import quote

from llmproxy.adapters.auth.scheme import Auth, Header, Placement


class NoAuth(Auth):
    """Nothing is sent: a server of one's own."""


class Bearer(Auth):
    """`Authorization: Bearer` (RFC 6750 section 2.1)."""

    def __init__(self, secret: str, placement: Placement) -> None:
        self.secrets = (secret,)
        self._headers: tuple[Header, ...] = ((b"authorization", b"Bearer " + secret.encode("ascii")),)

    def headers(self, method: str, url: str, headers: tuple[Header, ...], body: bytes) -> tuple[Header, ...]:
        return self._headers


class HeaderKey(Auth):
    """A header of its own, such as `x-api-key` or `api-key`."""

    def __init__(self, secret: str, placement: Placement) -> None:
        self.secrets = (secret,)
        self._headers: tuple[Header, ...] = ((placement.name.lower().encode("ascii"), secret.encode("ascii")),)

    def headers(self, method: str, url: str, headers: tuple[Header, ...], body: bytes) -> tuple[Header, ...]:
        return self._headers


class QueryKey(Auth):
    """A query parameter, such as `key`: for providers that know nothing else."""

    def __init__(self, secret: str, placement: Placement) -> None:
        self.secrets = (secret, quote(secret, safe=""))
        self._pair = f"{quote(placement.name, safe='')}={quote(secret, safe='')}"

    def url(self, url: str) -> str:
        return f"{url}{'&' if '?' in url else '?'}{self._pair}"
