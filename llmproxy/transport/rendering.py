"""A request as bytes on the wire, with nothing in it that could start a second header or a second request."""

import re
from typing import Final

from llmproxy.transport.errors import BadUpstreamRequest
from llmproxy.transport.request import UpstreamRequest
from llmproxy.transport.target import Target

TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# RFC 9110 5.5: visible characters, space, tab, obs-text; no CR, LF, NUL or other control character.
VALUE: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
METHOD: Final = re.compile(r"[A-Z]+")
# Framing and hop-by-hop fields are ours alone: a second one would desynchronise the connection.
RESERVED: Final = frozenset(
    b"connection content-length expect host keep-alive proxy-connection te trailer transfer-encoding upgrade".split()
)
BODILESS: Final = frozenset({"GET", "HEAD"})


def render_head(request: UpstreamRequest, target: Target) -> bytes:
    """Raises BadUpstreamRequest for a method, header name or value that cannot stand in a request head."""
    if METHOD.fullmatch(request.method) is None:
        raise BadUpstreamRequest("The request method is not valid.")
    parts = [request.method.encode(), b" ", target.path, b" HTTP/1.1\r\nhost: ", target.authority]
    parts.append(b"\r\naccept-encoding: identity\r\n")
    for name, value in request.headers:
        lower = name.lower()
        if lower == b"accept-encoding":
            continue  # decoders have no size limit of their own: we never ask for compression
        if lower in RESERVED or TOKEN.fullmatch(name) is None or VALUE.fullmatch(value) is None:
            raise BadUpstreamRequest("A request header is not allowed or holds control characters.")
        parts += (name, b": ", value, b"\r\n")
    if request.body or request.method not in BODILESS:
        parts.append(b"content-length: %d\r\n" % len(request.body))
    parts.append(b"\r\n")
    return b"".join(parts)
