"""Where a URL points to, in the parts that a connection and a request head need."""

import re
from typing import Final, NamedTuple

from llmproxy.transport.errors import BadUpstreamRequest

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
URL: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)"
    r"(:(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!-\"$-~]*)?"  # printable ASCII without space and '#'
)


class Target(NamedTuple):
    """`path` includes the query and may carry a key: keep targets out of logs."""

    scheme: str
    host: str  # lower case, IPv6 without brackets
    port: int
    authority: bytes  # for the Host header
    path: bytes

    @property
    def key(self) -> tuple[str, str, int]:
        """What a kept connection may be shared by."""
        return self.scheme, self.host, self.port


def parse_target(url: str) -> Target:
    """Raises BadUpstreamRequest for anything but http(s) in printable ASCII without userinfo and fragment."""
    found = URL.fullmatch(url)
    if found is None:
        raise BadUpstreamRequest("The upstream URL is not a plain http or https URL.")
    scheme, host = found["scheme"], found["host"].lower()
    default = DEFAULT_PORTS[scheme]
    port = int(found["port"]) if found["port"] else default
    if not 0 < port < 65536:
        raise BadUpstreamRequest("The upstream URL has an impossible port.")
    authority = host if port == default else f"{host}:{port}"
    return Target(scheme, host.strip("[]"), port, authority.encode(), (found["path"] or "/").encode())
