"""Putting a credential on a request: the last thing that is done to it."""

from dataclasses import replace

from llmproxy.adapters.auth import Auth
from llmproxy.transport.request import UpstreamRequest


def signed(request: UpstreamRequest, auth: Auth) -> UpstreamRequest:
    """`request` with what `auth` adds to its address and its headers. A header of the same name gives way to it."""
    added = auth.headers(request.method, request.url, request.headers, request.body)
    names = {name for name, _ in added}
    kept = tuple(header for header in request.headers if header[0] not in names)
    return replace(request, url=auth.url(request.url), headers=(*kept, *added))
